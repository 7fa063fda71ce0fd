import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type AnyObject, KubeClient } from "../../kube/client.ts";
import { TestApiServer, type TestResource } from "../../kube/testing/api-server.ts";
import { ClassFinalizers, gatewayExistsFinalizer } from "./class-finalizers.ts";

const controllerName = "gateway.envoyproxy.io/gatewayclass-controller";
const classes: TestResource = {
  group: "gateway.networking.k8s.io",
  version: "v1",
  plural: "gatewayclasses",
  kind: "GatewayClass",
  isNamespaced: false,
};

let server: TestApiServer;
let client: KubeClient;

beforeEach(async () => {
  server = new TestApiServer([classes]);
  await server.listen();
  client = new KubeClient(server.config);
});

afterEach(async () => {
  client.close();
  await server.close();
});

function finalizersOf(seesAllGateways = true): ClassFinalizers {
  const onFailed = (_name: string, error: Error): never => {
    throw error;
  };
  return new ClassFinalizers({ client, controllerName, resource: () => classes, seesAllGateways, onFailed });
}

function putClass(metadata: object = {}): AnyObject {
  return server.put(classes, { metadata: { name: "eg", ...metadata }, spec: { controllerName } });
}

const seen = (object: AnyObject) => ({ kind: "GatewayClass", key: "eg", object });
const gateway = (gatewayClassName: string | undefined) => ({
  kind: "Gateway",
  key: "shop/eg",
  object: gatewayClassName === undefined ? undefined : { metadata: {}, spec: { gatewayClassName } },
});
const held = () => server.get(classes, "eg")?.metadata["finalizers"];
const writes = () => server.received.filter(({ method }) => method === "PATCH").length;

test("a class has the finalizer while Gateways use it", async () => {
  const finalizers = finalizersOf();
  finalizers.take([seen(putClass({ finalizers: ["example.com/other"] })), gateway("eg")]);
  finalizers.lead();
  await vi.waitFor(() => expect(held()).toEqual(["example.com/other", gatewayExistsFinalizer]));
  finalizers.take([seen(server.get(classes, "eg") as AnyObject), gateway(undefined)]);
  await vi.waitFor(() => expect(held()).toEqual(["example.com/other"]));
  finalizers.follow();
});

test("who sees some namespaces only leaves a finalizer that another control plane may need, unless the class is being deleted", async () => {
  const finalizers = finalizersOf(false);
  finalizers.lead();
  finalizers.take([seen(putClass({ finalizers: [gatewayExistsFinalizer] }))]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(writes()).toBe(0);
  finalizers.take([
    seen(putClass({ finalizers: [gatewayExistsFinalizer], deletionTimestamp: "2026-01-01T00:00:00Z" })),
  ]);
  await vi.waitFor(() => expect(writes()).toBe(1));
  finalizers.follow();
});

test("a finalizer that somebody takes away each time is written at a slower and slower pace", async () => {
  const finalizers = finalizersOf();
  finalizers.lead();
  finalizers.take([seen(putClass()), gateway("eg")]);
  const opponent = setInterval(() => finalizers.take([seen(putClass())]), 5);
  await vi.waitFor(() => expect(writes()).toBe(2));
  await new Promise((resolve) => setTimeout(resolve, 100));
  clearInterval(opponent);
  // Without a pace some twenty; the third comes a quarter of a second after the second.
  expect(writes()).toBeLessThanOrEqual(3);
  finalizers.follow();
});
