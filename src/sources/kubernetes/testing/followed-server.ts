/** An API server of the test's own, and a source that follows it. Importing this registers the hook that ends both. */
import { afterEach, expect } from "vitest";
import type { KubernetesWatchMode } from "../../../api/v1alpha1/envoygateway/kubernetes-provider.ts";
import { registry } from "../../../features/kinds.ts";
import { type AnyObject, KubeClient } from "../../../kube/client.ts";
import { TestApiServer, type TestResource } from "../../../kube/testing/api-server.ts";
import { admit } from "../../../schema/admit.ts";
import type { SourceBatch, SourceProblem } from "../../source.ts";
import { createKubernetesSource, type KubernetesSource } from "../kubernetes-source.ts";

const core = (kind: string, plural: string, isNamespaced = true): TestResource => ({
  group: "",
  version: "v1",
  plural,
  kind,
  isNamespaced,
});
const gatewayApi = (kind: string, plural: string, isNamespaced = true): TestResource => ({
  group: "gateway.networking.k8s.io",
  version: "v1",
  plural,
  kind,
  isNamespaced,
});
export const definitions: TestResource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  isNamespaced: false,
};
export const slices: TestResource = {
  group: "discovery.k8s.io",
  version: "v1",
  plural: "endpointslices",
  kind: "EndpointSlice",
  isNamespaced: true,
};
export const namespaces = core("Namespace", "namespaces", false);
export const services = core("Service", "services");
export const secrets = core("Secret", "secrets");
export const classes = gatewayApi("GatewayClass", "gatewayclasses", false);
export const gateways = gatewayApi("Gateway", "gateways");
export const routes = gatewayApi("HTTPRoute", "httproutes");

const running: { close(): void | Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close();
});

export function route(name: string, backend: string, namespace = "shop"): AnyObject {
  const backendRefs = [{ name: backend, port: 80 }];
  return { metadata: { name, namespace }, spec: { parentRefs: [{ name: "eg" }], rules: [{ backendRefs }] } };
}

export const service = (name: string): AnyObject => ({
  metadata: { name, namespace: "shop" },
  spec: { ports: [{ port: 80 }] },
});

export function slice(name: string, of: string, address: string): AnyObject {
  const labels = { "kubernetes.io/service-name": of };
  return { metadata: { name, namespace: "shop", labels }, addressType: "IPv4", endpoints: [{ addresses: [address] }] };
}

export const definition = (resource: TestResource): AnyObject => ({
  metadata: { name: `${resource.plural}.${resource.group}` },
});

export async function serve(resources: readonly TestResource[]): Promise<TestApiServer> {
  const server = new TestApiServer([definitions, namespaces, services, secrets, slices, ...resources]);
  for (const resource of resources) server.put(definitions, definition(resource));
  await server.listen();
  running.push(server);
  return server;
}

export interface Followed {
  readonly source: KubernetesSource;
  readonly batches: SourceBatch[];
  readonly waiting: SourceProblem[][];
  /** Kinds and keys of what is there now. */
  readonly present: () => string[];
  readonly problems: () => readonly SourceProblem[];
  readonly started: Promise<void>;
}

export interface FollowOptions {
  readonly relistEveryMs?: number;
  readonly onBatch?: (batch: SourceBatch) => void;
}

export function follow(
  server: TestApiServer,
  watch?: KubernetesWatchMode,
  { relistEveryMs, onBatch }: FollowOptions = {},
): Followed {
  const client = new KubeClient(server.config);
  const waiting: SourceProblem[][] = [];
  const source = createKubernetesSource({
    client,
    registry,
    admit,
    watch,
    namespace: "envoy-gateway-system",
    relistEveryMs,
    onWaiting: (problems) => void waiting.push([...problems]),
  });
  const batches: SourceBatch[] = [];
  running.push({
    close: async () => {
      await source.stop();
      client.close();
    },
  });
  const present = (): string[] => {
    const objects = new Set<string>();
    for (const { kind, key, object } of batches.flatMap(({ changes }) => changes)) {
      if (object) objects.add(`${kind} ${key}`);
      else objects.delete(`${kind} ${key}`);
    }
    return [...objects].sort();
  };
  const problems = () => batches.findLast((batch) => batch.problems !== undefined)?.problems ?? [];
  const started = source.start((batch) => {
    batches.push(batch);
    onBatch?.(batch);
  });
  return { source, batches, waiting, present, problems, started };
}

export const eventually = (check: () => unknown) => expect.poll(check, { timeout: 10_000, interval: 10 });
