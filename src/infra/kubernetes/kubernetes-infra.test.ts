import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KubeClient } from "../../kube/client.ts";
import { TestApiServer } from "../../kube/testing/api-server.ts";
import { type FleetOwner, type FleetSpec, fleetName } from "../fleet.ts";
import {
  createKubernetesInfra,
  type KubernetesInfraOptions,
  type KubernetesInfrastructure,
} from "./kubernetes-infra.ts";
import { fleetResources, nodeResource } from "./resources.ts";

const { Deployment, DaemonSet, Service, ConfigMap, ServiceAccount } = fleetResources;
const namespace = "envoy-gateway-system";
const name = fleetName("default/eg");

let api: TestApiServer;
let client: KubeClient;
const started: KubernetesInfrastructure[] = [];

beforeEach(async () => {
  api = new TestApiServer([...Object.values(fleetResources), nodeResource]);
  await api.listen();
  client = new KubeClient(api.config);
});
afterEach(async () => {
  for (const infra of started.splice(0)) await infra.stop({ keepEnvoys: true });
  client.close();
  await api.close();
});

function fleet(key: string, more: Partial<FleetSpec> = {}, owner: Partial<FleetOwner> = {}): FleetSpec {
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

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

async function start({
  isLeader = true,
  ...settings
}: Partial<KubernetesInfraOptions["settings"]> & {
  readonly isLeader?: boolean;
} = {}): Promise<KubernetesInfrastructure> {
  const infra = createKubernetesInfra({
    client,
    logger: silent,
    settings: {
      namespace,
      controllerName: "gateway.envoyproxy.io/gatewayclass-controller",
      deploy: "ControllerNamespace",
      clusterDomain: "cluster.local",
      images: { envoy: "envoy:1", shutdownManager: "gateway:1" },
      ...settings,
    },
  });
  started.push(infra);
  if (isLeader) infra.lead();
  await infra.start();
  return infra;
}

const writes = (): string[] =>
  api.received.flatMap(({ method, url }) => (method === "GET" ? [] : [`${method} ${url}`]));
const isThere = (
  resource: typeof Deployment | typeof DaemonSet | typeof Service,
  key = `${namespace}/${name}`,
): boolean => api.get(resource, key) !== undefined;
const statusOf = (infra: KubernetesInfrastructure, key = "default/eg") =>
  infra.statuses().find((one) => one.key === key);

test("a fleet's objects are made, and nothing is written afterwards, not even by the next control plane", async () => {
  const infra = await start();
  infra.reconcile([fleet("default/eg")]);
  await infra.settled();
  for (const resource of [ServiceAccount, ConfigMap, Deployment, Service])
    expect(api.get(resource, `${namespace}/${name}`)).toBeDefined();
  const made = writes();
  expect(made).toHaveLength(5);
  infra.upsert(fleet("default/eg"));
  await infra.settled();
  const next = await start();
  next.reconcile([fleet("default/eg")]);
  await next.settled();
  expect(writes()).toEqual(made);
});

test("a port that is added changes the Service alone", async () => {
  const infra = await start();
  infra.reconcile([fleet("default/eg")]);
  await infra.settled();
  const before = writes().length;
  const https = { name: "https", port: 443, transport: "TCP", protocol: "HTTPS" } as const;
  infra.upsert(fleet("default/eg", { ports: [...fleet("default/eg").ports, https] }));
  await infra.settled();
  expect(writes().slice(before)).toEqual([
    `PATCH /api/v1/namespaces/${namespace}/services/${name}?fieldManager=envoy-gateway&force=true`,
  ]);
});

test("what somebody else changed is put right, and what is deleted is made again", async () => {
  const infra = await start();
  infra.reconcile([fleet("default/eg")]);
  await infra.settled();
  const service = api.get(Service, `${namespace}/${name}`);
  if (!service) throw new Error("no Service");
  api.put(Service, { ...service, spec: { ...(service["spec"] as object), type: "ClusterIP" } });
  await vi.waitFor(() =>
    expect(api.get(Service, `${namespace}/${name}`)).toMatchObject({ spec: { type: "LoadBalancer" } }),
  );
  api.remove(Deployment, `${namespace}/${name}`);
  await vi.waitFor(() => expect(isThere(Deployment)).toBe(true));
});

test("what others add to an object stays, and causes no write", async () => {
  const infra = await start();
  infra.reconcile([fleet("default/eg")]);
  await infra.settled();
  const before = writes().length;
  const service = api.get(Service, `${namespace}/${name}`);
  if (!service) throw new Error("no Service");
  const ingress = [{ ip: "10.0.0.5" }];
  api.put(Service, {
    ...service,
    spec: { ...(service["spec"] as object), clusterIP: "10.96.0.9" },
    status: { loadBalancer: { ingress } },
  });
  await vi.waitFor(() => expect(statusOf(infra)?.addresses).toEqual([{ type: "IPAddress", value: "10.0.0.5" }]));
  await infra.settled();
  expect(writes()).toHaveLength(before);
});

test("how many pods there are is whoever's who scales them, unless the EnvoyProxy has a number", async () => {
  const infra = await start();
  infra.reconcile([fleet("default/eg")]);
  await infra.settled();
  const scale = (replicas: number): void => {
    const deployment = api.get(Deployment, `${namespace}/${name}`);
    if (!deployment) throw new Error("no Deployment");
    api.put(Deployment, { ...deployment, spec: { ...(deployment["spec"] as object), replicas } });
  };
  scale(4);
  await vi.waitFor(() => expect(statusOf(infra)?.replicas.desired).toBe(4));
  await infra.settled();
  expect(api.get(Deployment, `${namespace}/${name}`)).toMatchObject({ spec: { replicas: 4 } });
  const envoyProxy = { provider: { type: "Kubernetes", kubernetes: { envoyDeployment: { replicas: 2 } } } };
  infra.upsert(fleet("default/eg", { envoyProxy }));
  await infra.settled();
  scale(4);
  await vi.waitFor(() => expect(statusOf(infra)?.replicas.desired).toBe(2));
});

test("a fleet that goes takes its objects along", async () => {
  const infra = await start();
  infra.reconcile([fleet("default/eg"), fleet("default/other")]);
  await infra.settled();
  infra.remove("default/eg");
  await vi.waitFor(() => expect(infra.statuses().map(({ key }) => key)).toEqual(["default/other"]));
  for (const resource of [ServiceAccount, ConfigMap, Deployment, Service])
    expect(api.get(resource, `${namespace}/${name}`)).toBeUndefined();
  expect(isThere(Deployment, `${namespace}/${fleetName("default/other")}`)).toBe(true);
});

test("what a Gateway left behind while no control plane ran is deleted; what has nothing to serve stays", async () => {
  const first = await start();
  first.reconcile([fleet("default/gone"), fleet("default/idle")]);
  await first.settled();
  await first.stop({ keepEnvoys: true });
  const next = await start();
  next.reconcile([], [fleet("default/idle", { ports: [] })]);
  await vi.waitFor(() => expect(isThere(Service, `${namespace}/${fleetName("default/gone")}`)).toBe(false));
  await next.settled();
  expect(isThere(Service, `${namespace}/${fleetName("default/idle")}`)).toBe(true);
});

test("another kind of workload, or another name, takes the place of the former", async () => {
  const infra = await start();
  infra.reconcile([fleet("default/eg")]);
  await infra.settled();
  const kubernetes = {
    envoyDaemonSet: {},
    envoyService: { name: "front", type: "LoadBalancer", externalTrafficPolicy: "Local" },
  } as const;
  const change = (resource: typeof Service | typeof DaemonSet, objectName: string, status: object): void => {
    const object = api.get(resource, `${namespace}/${objectName}`);
    if (!object) throw new Error(`no ${objectName}`);
    api.put(resource, { ...object, status });
  };
  change(Service, name, { loadBalancer: { ingress: [{ ip: "10.0.0.5" }] } });
  infra.upsert(fleet("default/eg", { envoyProxy: { provider: { type: "Kubernetes", kubernetes } } }));
  await vi.waitFor(() => expect(isThere(DaemonSet)).toBe(true));
  await infra.settled();
  expect([isThere(Deployment), isThere(Service)]).toEqual([true, true]);
  const pods = { observedGeneration: 9, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 };
  change(DaemonSet, name, pods);
  await vi.waitFor(() => expect(statusOf(infra)?.replicas.available).toBe(2));
  await infra.settled();
  expect([isThere(Deployment), isThere(Service)]).toEqual([true, true]);
  expect(statusOf(infra)?.addresses).toEqual([{ type: "IPAddress", value: "10.0.0.5" }]);
  change(Service, "front", { loadBalancer: { ingress: [{ ip: "10.0.0.6" }] } });
  await vi.waitFor(() => expect([isThere(Deployment), isThere(Service)]).toEqual([false, false]));
  expect([isThere(DaemonSet), isThere(Service, `${namespace}/front`)]).toEqual([true, true]);
});

test("whoever does not lead writes nothing, but knows the statuses; the leader writes at once", async () => {
  const infra = await start({ isLeader: false });
  infra.reconcile([fleet("default/eg")]);
  await infra.settled();
  expect(writes()).toEqual([]);
  infra.lead();
  await vi.waitFor(() => expect(isThere(Deployment)).toBe(true));
});

test("ready pods make a fleet serve", async () => {
  const infra = await start();
  infra.reconcile([fleet("default/eg")]);
  await infra.settled();
  expect(statusOf(infra)).toMatchObject({ state: "starting", replicas: { desired: 1, available: 0 }, addresses: [] });
  const deployment = api.get(Deployment, `${namespace}/${name}`);
  if (!deployment) throw new Error("no Deployment");
  api.put(Deployment, { ...deployment, status: { availableReplicas: 1 } });
  await vi.waitFor(() =>
    expect(statusOf(infra)).toMatchObject({ state: "serving", replicas: { desired: 1, available: 1 } }),
  );
});

test("an API server that refuses is tried again", async () => {
  api.intercept = ({ method }) => (method === "PATCH" ? { status: 503 } : undefined);
  const infra = await start();
  infra.reconcile([fleet("default/eg")]);
  await vi.waitFor(() =>
    expect(statusOf(infra)).toMatchObject({ state: "waiting", problems: [{ code: "api-server" }] }),
  );
  api.intercept = undefined;
  await vi.waitFor(() => expect(statusOf(infra)).toMatchObject({ state: "starting", problems: [] }), {
    timeout: 5_000,
  });
});

test("settings that cannot be followed leave what runs as it is, and are told", async () => {
  const infra = await start();
  infra.reconcile([fleet("default/eg")]);
  await infra.settled();
  const before = writes().length;
  infra.upsert(fleet("default/eg", { envoyProxy: { bootstrap: { type: "Replace", value: "admin: {}" } } }));
  await infra.settled();
  expect(writes()).toHaveLength(before);
  expect(statusOf(infra)?.problems[0]).toMatchObject({ code: "bootstrap-invalid", field: "spec.bootstrap" });
});

test.each([
  ["ServiceAccount", ServiceAccount],
  ["ConfigMap", ConfigMap],
] as const)("no pods are made while the %s that they would use is somebody else's", async (_, resource) => {
  api.put(resource, { metadata: { name: "eg", namespace: "default" } });
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
  api.intercept = ({ method, url }) => {
    if (method !== "DELETE" || !url.includes("/configmaps/") || lost > 0) return undefined;
    lost += 1;
    api.remove(ConfigMap, `${namespace}/${name}`);
    return { status: 504, body: { details: { retryAfterSeconds: 1 } } };
  };
  infra.remove("default/eg");
  await vi.waitFor(() => expect([lost, infra.statuses()]).toEqual([1, []]));
  infra.upsert(fleet("default/eg"));
  await infra.settled();
  const { uid } = api.get(Service, `${namespace}/${name}`)?.metadata ?? {};
  expect(uid).toBeDefined();
  // Longer than what the API server advised to wait.
  await new Promise((resolve) => setTimeout(resolve, 1_300));
  expect(api.get(Service, `${namespace}/${name}`)?.metadata.uid).toBe(uid);
});

test("an alias that is refused stops nothing else, and is told", async () => {
  api.intercept = ({ method, url }) =>
    method === "PATCH" && url.includes("/namespaces/shop/") ? { status: 422 } : undefined;
  const former = { metadata: { namespace, name: "former", labels: labelsOf("shop/eg") }, spec: {} };
  api.put(fleetResources.PodDisruptionBudget, former);
  const infra = await start();
  infra.reconcile([fleet("shop/eg")]);
  await infra.settled();
  await vi.waitFor(() => expect(api.get(fleetResources.PodDisruptionBudget, `${namespace}/former`)).toBeUndefined());
  expect(statusOf(infra, "shop/eg")).toMatchObject({
    state: "starting",
    problems: [{ severity: "warning", code: "api-server", message: expect.stringContaining("Service shop/eg-eg") }],
  });
});

test("beside its Gateway a fleet takes over nothing that is somebody else's", async () => {
  api.put(Deployment, { metadata: { name: "eg", namespace: "default" }, spec: { theirs: true } });
  const infra = await start({ deploy: "GatewayNamespace" });
  infra.reconcile([fleet("default/eg")]);
  await infra.settled();
  expect(api.get(Deployment, "default/eg")?.["spec"]).toEqual({ theirs: true });
  expect(statusOf(infra)?.problems[0]).toMatchObject({ code: "object-foreign" });
  expect(isThere(Service, "default/eg")).toBe(true);
});

test("addresses that are asked for are usable when the load balancer or a node has them", async () => {
  api.put(nodeResource, {
    metadata: { name: "one" },
    status: { addresses: [{ type: "InternalIP", address: "10.0.0.2" }] },
  });
  const infra = await start();
  infra.reconcile([fleet("default/eg", {}, { addresses: ["10.0.0.2", "10.9.9.9"] })]);
  await vi.waitFor(() =>
    expect(statusOf(infra)).toMatchObject({
      addresses: [{ type: "IPAddress", value: "10.0.0.2" }],
      unusableAddresses: ["10.9.9.9"],
    }),
  );
});

test("beside a Gateway whose Envoys run elsewhere lies a Service that leads to them, and it goes with them", async () => {
  const infra = await start();
  infra.upsert(fleet("shop/eg", {}, { labels: { team: "a" } }));
  await infra.settled();
  expect(api.get(Service, "shop/eg-eg")).toMatchObject({
    metadata: { labels: { team: "a", "gateway.networking.k8s.io/gateway-name": "eg" } },
    spec: { type: "ExternalName", externalName: `${fleetName("shop/eg")}.${namespace}.svc.cluster.local` },
  });
  api.remove(Service, "shop/eg-eg");
  await vi.waitFor(() => expect(isThere(Service, "shop/eg-eg")).toBe(true));
  infra.remove("shop/eg");
  await vi.waitFor(() => expect(isThere(Service, "shop/eg-eg")).toBe(false));
});

test("beside its Gateway a fleet's Envoys learn of a renewed authority, and are not restarted", async () => {
  let authority = "one";
  const infra = await start({ deploy: "GatewayNamespace", certificateAuthority: () => authority });
  infra.reconcile([fleet("default/eg")]);
  await infra.settled();
  const before = writes().length;
  authority = "two";
  infra.refresh();
  await infra.settled();
  expect(api.get(ConfigMap, "default/eg")).toMatchObject({ data: { "ca.crt": "two" } });
  expect(writes().slice(before)).toEqual([
    "PATCH /api/v1/namespaces/default/configmaps/eg?fieldManager=envoy-gateway&force=true",
  ]);
});

/** Labels of an object that the original, or another installation, made for a Gateway. */
const labelsOf = (key: string): Record<string, string> => ({
  "app.kubernetes.io/name": "envoy",
  "app.kubernetes.io/component": "proxy",
  "app.kubernetes.io/managed-by": "envoy-gateway",
  "gateway.envoyproxy.io/owning-gateway-name": key.split("/")[1] ?? "",
  "gateway.envoyproxy.io/owning-gateway-namespace": key.split("/")[0] ?? "",
});

test.each(["ControllerNamespace", "GatewayNamespace"] as const)(
  "%s: what other control planes of the cluster made for their Gateways stays",
  async (deploy) => {
    const labels = labelsOf("shop/web");
    const theirs = { ...labels, "gateway.envoyproxy.io/managed-by-controller": "other-system-00000000" };
    const put = (at: string, objectName: string, of: Record<string, string>) =>
      api.put(Service, { metadata: { namespace: at, name: objectName, labels: of }, spec: { type: "LoadBalancer" } });
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
  api.put(Service, { metadata: { namespace, name, labels }, spec: { type: "LoadBalancer" } });
  api.put(ConfigMap, { metadata: { namespace, name: "former", labels }, data: {} });
  const infra = await start();
  infra.reconcile([fleet("default/eg")]);
  await infra.settled();
  expect(statusOf(infra)?.problems).toEqual([]);
  const deployment = api.get(Deployment, `${namespace}/${name}`);
  if (!deployment) throw new Error("no Deployment");
  api.put(Deployment, {
    ...deployment,
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
  });
  await vi.waitFor(() => expect(api.get(ConfigMap, `${namespace}/former`)).toBeUndefined());
  const mark = `${namespace}-`;
  expect(api.get(Service, `${namespace}/${name}`)?.metadata.labels).toMatchObject({
    ...labels,
    "gateway.envoyproxy.io/managed-by-controller": expect.stringContaining(mark),
  });
});

test("beside its Gateway a fleet takes over what the original made there", async () => {
  api.put(Service, {
    metadata: { namespace: "default", name: "eg", labels: labelsOf("default/eg") },
    spec: { type: "LoadBalancer", theirs: true },
  });
  const infra = await start({ deploy: "GatewayNamespace" });
  infra.reconcile([fleet("default/eg")]);
  await infra.settled();
  expect(statusOf(infra)?.problems).toEqual([]);
  expect(api.get(Service, "default/eg")?.["spec"]).not.toHaveProperty("theirs");
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
  expect(api.get(Service, `${namespace}/front`)?.metadata.labels).toMatchObject(labelsOf("default/eg"));
});
