import { afterEach, beforeEach } from "vitest";
import { KubeClient } from "../../kube/client.ts";
import type { KubeResource } from "../../kube/resource.ts";
import { TestApiServer } from "../../kube/testing/api-server.ts";
import { type FleetOwner, type FleetSpec, type FleetStatus, fleetName, type InfraLogger } from "../fleet.ts";
import {
  createKubernetesInfra,
  type KubernetesInfraOptions,
  type KubernetesInfrastructure,
} from "./kubernetes-infra.ts";
import { fleetResources, nodeResource } from "./resources.ts";

/** Scaffolding of this folder's tests: fleets on a made-up API server. */

/** Namespace of the control plane. */
export const namespace = "envoy-gateway-system";
/** What objects of fleet `default/eg` are called. */
export const name = fleetName("default/eg");

type StartOptions = Partial<KubernetesInfraOptions["settings"]> & { readonly isLeader?: boolean };

/** A line of the log. */
export interface Logged {
  readonly level: keyof InfraLogger;
  readonly fields: object;
  readonly message: string;
}

export interface TestCluster {
  readonly api: TestApiServer;
  readonly start: (options?: StartOptions) => Promise<KubernetesInfrastructure>;
  /** What control planes of this test have logged. */
  readonly logged: () => readonly Logged[];
  /** Requests that write. */
  readonly writes: () => string[];
  /** `key`: `namespace/name`. */
  readonly isThere: (resource: KubeResource, key?: string) => boolean;
}

/** An API server for each test of a file. Control planes that a test starts end with it. */
export function testCluster(): TestCluster {
  let api = new TestApiServer([]);
  let client: KubeClient;
  const started: KubernetesInfrastructure[] = [];
  const lines: Logged[] = [];
  beforeEach(async () => {
    lines.length = 0;
    api = new TestApiServer([...Object.values(fleetResources), nodeResource]);
    await api.listen();
    client = new KubeClient(api.config);
  });
  afterEach(async () => {
    for (const infra of started.splice(0)) await infra.stop({ keepEnvoys: true });
    client.close();
    await api.close();
  });
  return {
    get api() {
      return api;
    },
    start: async ({ isLeader = true, ...settings } = {}) => {
      const infra = createKubernetesInfra({ client, logger: loggerTo(lines), settings: { ...defaults, ...settings } });
      started.push(infra);
      if (isLeader) infra.lead();
      await infra.start();
      return infra;
    },
    logged: () => lines,
    writes: () => api.received.flatMap(({ method, url }) => (method === "GET" ? [] : [`${method} ${url}`])),
    isThere: (resource, key = `${namespace}/${name}`) => api.get(resource, key) !== undefined,
  };
}

export function statusOf(infra: KubernetesInfrastructure, key = "default/eg"): FleetStatus | undefined {
  return infra.statuses().find((one) => one.key === key);
}

function loggerTo(lines: Logged[]): InfraLogger {
  const at =
    (level: Logged["level"]) =>
    (fields: object, message: string): void =>
      void lines.push({ level, fields, message });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

export const defaults: KubernetesInfraOptions["settings"] = {
  namespace,
  controllerName: "gateway.envoyproxy.io/gatewayclass-controller",
  deploy: "ControllerNamespace",
  clusterDomain: "cluster.local",
  images: { envoy: "envoy:1", shutdownManager: "gateway:1" },
};

export function fleet(key: string, more: Partial<FleetSpec> = {}, owner: Partial<FleetOwner> = {}): FleetSpec {
  const [gatewayNamespace = "", gatewayName = ""] = key.split("/");
  return {
    key,
    name: fleetName(key),
    ports: [{ name: "http", port: 80, transport: "TCP", protocol: "HTTP" }],
    owner: {
      gatewayClass: { name: "eg", uid: "class" },
      gateway: { namespace: gatewayNamespace, name: gatewayName, uid: "gateway" },
      labels: {},
      annotations: {},
      addresses: [],
      ...owner,
    },
    ...more,
  };
}

/** Labels of an object that the original, or another installation, made for a Gateway. */
export const labelsOf = (key: string): Record<string, string> => ({
  "app.kubernetes.io/name": "envoy",
  "app.kubernetes.io/component": "proxy",
  "app.kubernetes.io/managed-by": "envoy-gateway",
  "gateway.envoyproxy.io/owning-gateway-name": key.split("/")[1] ?? "",
  "gateway.envoyproxy.io/owning-gateway-namespace": key.split("/")[0] ?? "",
});
