import { expect, test, vi } from "vitest";
import { fleetName } from "../fleet.ts";
import { fleetResources } from "./resources.ts";
import { fleet, labelsOf, name, namespace, statusOf, testCluster } from "./test-cluster.ts";

const { Deployment, Service, ConfigMap, ServiceAccount } = fleetResources;
const cluster = testCluster();
const { start, writes, isThere } = cluster;

test.each([
  ["ServiceAccount", ServiceAccount],
  ["ConfigMap", ConfigMap],
] as const)("no pods are made while the %s that they would use is somebody else's", async (_, resource) => {
  cluster.api.put(resource, { metadata: { name: "eg", namespace: "default" } });
  const infra = await start({ deploy: "GatewayNamespace" });
  infra.reconcile([fleet("default/eg")]);
  await infra.settled();
  expect(isThere(Deployment, "default/eg")).toBe(false);
  expect(statusOf(infra)).toMatchObject({ state: "waiting", problems: [{ code: "object-foreign" }] });
});

test("a Gateway that comes back at once keeps what is made for it, although a deletion before was to be tried again", async () => {
  const infra = await start();
  infra.reconcile([fleet("default/eg")]);
  await infra.settled();
  let lost = 0;
  cluster.api.intercept = ({ method, url }) => {
    if (method !== "DELETE" || !url.includes("/configmaps/") || lost > 0) return undefined;
    lost += 1;
    cluster.api.remove(ConfigMap, `${namespace}/${name}`);
    return { status: 504, body: { details: { retryAfterSeconds: 1 } } };
  };
  infra.remove("default/eg");
  await vi.waitFor(() => expect([lost, infra.statuses()]).toEqual([1, []]));
  infra.upsert(fleet("default/eg"));
  await infra.settled();
  const { uid } = cluster.api.get(Service, `${namespace}/${name}`)?.metadata ?? {};
  expect(uid).toBeDefined();
  // Longer than what the API server advised to wait.
  await new Promise((resolve) => setTimeout(resolve, 1_300));
  expect(cluster.api.get(Service, `${namespace}/${name}`)?.metadata.uid).toBe(uid);
});

test("an alias that is refused stops nothing else, and is told", async () => {
  cluster.api.intercept = ({ method, url }) =>
    method === "PATCH" && url.includes("/namespaces/shop/") ? { status: 422 } : undefined;
  const former = { metadata: { namespace, name: "former", labels: labelsOf("shop/eg") }, spec: {} };
  cluster.api.put(fleetResources.PodDisruptionBudget, former);
  const infra = await start();
  infra.reconcile([fleet("shop/eg")]);
  await infra.settled();
  await vi.waitFor(() =>
    expect(cluster.api.get(fleetResources.PodDisruptionBudget, `${namespace}/former`)).toBeUndefined(),
  );
  expect(statusOf(infra, "shop/eg")).toMatchObject({
    state: "starting",
    problems: [{ severity: "warning", code: "api-server", message: expect.stringContaining("Service shop/eg-eg") }],
  });
});

test("beside its Gateway a fleet takes over nothing that is somebody else's", async () => {
  cluster.api.put(Deployment, { metadata: { name: "eg", namespace: "default" }, spec: { theirs: true } });
  const infra = await start({ deploy: "GatewayNamespace" });
  infra.reconcile([fleet("default/eg")]);
  await infra.settled();
  expect(cluster.api.get(Deployment, "default/eg")?.["spec"]).toEqual({ theirs: true });
  expect(statusOf(infra)?.problems[0]).toMatchObject({ code: "object-foreign" });
  expect(isThere(Service, "default/eg")).toBe(true);
});

test.each(["ControllerNamespace", "GatewayNamespace"] as const)(
  "%s: what other control planes of the cluster made for their Gateways stays",
  async (deploy) => {
    const labels = labelsOf("shop/web");
    const theirs = { ...labels, "gateway.envoyproxy.io/managed-by-controller": "other-system-00000000" };
    const put = (at: string, objectName: string, of: Record<string, string>) =>
      cluster.api.put(Service, {
        metadata: { namespace: at, name: objectName, labels: of },
        spec: { type: "LoadBalancer" },
      });
    put("other-system", "envoy-shop-web-1", labels);
    put("other-system", "envoy-shop-web-2", theirs);
    put("shop", "web", theirs);
    put(namespace, "envoy-shop-web-3", labels);
    put(namespace, "envoy-shop-web-4", theirs);
    const infra = await start({ deploy });
    infra.reconcile([fleet("default/eg")]);
    await infra.settled();
    put("other-system", "envoy-shop-web-5", labels);
    put(namespace, "envoy-shop-web-6", theirs);
    infra.upsert(fleet("default/later"));
    await vi.waitFor(() => expect(statusOf(infra, "default/later")?.state).toBe("starting"));
    await infra.settled();
    expect(writes().filter((write) => write.startsWith("DELETE"))).toEqual([]);
    expect(infra.statuses().map(({ key }) => key)).toEqual(["default/eg", "default/later"]);
  },
);

test("two installations do not delete each other's objects", async () => {
  const other = await start({ namespace: "other-system", controllerName: "example.com/other" });
  other.reconcile([fleet("shop/web")]);
  await other.settled();
  const infra = await start();
  infra.reconcile([fleet("default/eg")]);
  await infra.settled();
  infra.remove("default/eg");
  await vi.waitFor(() => expect(infra.statuses()).toEqual([]));
  expect(isThere(Service, `other-system/${fleetName("shop/web")}`)).toBe(true);
  expect(isThere(Service, "shop/web-eg")).toBe(true);
});

test("a Gateway's objects that the original made are taken over, and those with other names replaced", async () => {
  const labels = labelsOf("default/eg");
  cluster.api.put(Service, { metadata: { namespace, name, labels }, spec: { type: "LoadBalancer" } });
  cluster.api.put(ConfigMap, { metadata: { namespace, name: "former", labels }, data: {} });
  const infra = await start();
  infra.reconcile([fleet("default/eg")]);
  await infra.settled();
  expect(statusOf(infra)?.problems).toEqual([]);
  const deployment = cluster.api.get(Deployment, `${namespace}/${name}`);
  if (!deployment) throw new Error("no Deployment");
  cluster.api.put(Deployment, {
    ...deployment,
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
  });
  await vi.waitFor(() => expect(cluster.api.get(ConfigMap, `${namespace}/former`)).toBeUndefined());
  const mark = `${namespace}-`;
  expect(cluster.api.get(Service, `${namespace}/${name}`)?.metadata.labels).toMatchObject({
    ...labels,
    "gateway.envoyproxy.io/managed-by-controller": expect.stringContaining(mark),
  });
});

test("beside its Gateway a fleet takes over what the original made there", async () => {
  cluster.api.put(Service, {
    metadata: { namespace: "default", name: "eg", labels: labelsOf("default/eg") },
    spec: { type: "LoadBalancer", theirs: true },
  });
  const infra = await start({ deploy: "GatewayNamespace" });
  infra.reconcile([fleet("default/eg")]);
  await infra.settled();
  expect(statusOf(infra)?.problems).toEqual([]);
  expect(cluster.api.get(Service, "default/eg")?.["spec"]).not.toHaveProperty("theirs");
});

test("what another fleet of ours has is not taken away from it", async () => {
  const kubernetes = { envoyService: { name: "front", type: "LoadBalancer", externalTrafficPolicy: "Local" } } as const;
  const envoyProxy = { provider: { type: "Kubernetes", kubernetes } };
  const infra = await start();
  infra.upsert(fleet("default/eg", { envoyProxy }));
  await infra.settled();
  infra.upsert(fleet("default/other", { envoyProxy }));
  await infra.settled();
  expect(statusOf(infra, "default/other")?.problems[0]).toMatchObject({ code: "object-foreign" });
  expect(cluster.api.get(Service, `${namespace}/front`)?.metadata.labels).toMatchObject(labelsOf("default/eg"));
});
