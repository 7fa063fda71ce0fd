import { expect, test, vi } from "vitest";
import { fleetName } from "../fleet.ts";
import { fleetResources, nodeResource } from "./resources.ts";
import { fleet, name, namespace, statusOf, testCluster } from "./test-cluster.ts";

const { Deployment, DaemonSet, Service, ConfigMap, ServiceAccount } = fleetResources;
const cluster = testCluster();
const { start, writes, isThere } = cluster;

test("a fleet's objects are made, and nothing is written afterwards, not even by the next control plane", async () => {
  const infra = await start();
  infra.reconcile([fleet("default/eg")]);
  await infra.settled();
  for (const resource of [ServiceAccount, ConfigMap, Deployment, Service])
    expect(cluster.api.get(resource, `${namespace}/${name}`)).toBeDefined();
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
  const service = cluster.api.get(Service, `${namespace}/${name}`);
  if (!service) throw new Error("no Service");
  cluster.api.put(Service, { ...service, spec: { ...(service["spec"] as object), type: "ClusterIP" } });
  await vi.waitFor(() =>
    expect(cluster.api.get(Service, `${namespace}/${name}`)).toMatchObject({ spec: { type: "LoadBalancer" } }),
  );
  cluster.api.remove(Deployment, `${namespace}/${name}`);
  await vi.waitFor(() => expect(isThere(Deployment)).toBe(true));
});

test("what others add to an object stays, and causes no write", async () => {
  const infra = await start();
  infra.reconcile([fleet("default/eg")]);
  await infra.settled();
  const before = writes().length;
  const service = cluster.api.get(Service, `${namespace}/${name}`);
  if (!service) throw new Error("no Service");
  const ingress = [{ ip: "10.0.0.5" }];
  cluster.api.put(Service, {
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
    const deployment = cluster.api.get(Deployment, `${namespace}/${name}`);
    if (!deployment) throw new Error("no Deployment");
    cluster.api.put(Deployment, { ...deployment, spec: { ...(deployment["spec"] as object), replicas } });
  };
  scale(4);
  await vi.waitFor(() => expect(statusOf(infra)?.replicas.desired).toBe(4));
  await infra.settled();
  expect(cluster.api.get(Deployment, `${namespace}/${name}`)).toMatchObject({ spec: { replicas: 4 } });
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
    expect(cluster.api.get(resource, `${namespace}/${name}`)).toBeUndefined();
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
    const object = cluster.api.get(resource, `${namespace}/${objectName}`);
    if (!object) throw new Error(`no ${objectName}`);
    cluster.api.put(resource, { ...object, status });
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
  const deployment = cluster.api.get(Deployment, `${namespace}/${name}`);
  if (!deployment) throw new Error("no Deployment");
  cluster.api.put(Deployment, { ...deployment, status: { availableReplicas: 1 } });
  await vi.waitFor(() =>
    expect(statusOf(infra)).toMatchObject({ state: "serving", replicas: { desired: 1, available: 1 } }),
  );
});

test("an API server that refuses is tried again", async () => {
  cluster.api.intercept = ({ method }) => (method === "PATCH" ? { status: 503 } : undefined);
  const infra = await start();
  infra.reconcile([fleet("default/eg")]);
  await vi.waitFor(() =>
    expect(statusOf(infra)).toMatchObject({ state: "waiting", problems: [{ code: "api-server" }] }),
  );
  cluster.api.intercept = undefined;
  await vi.waitFor(() => expect(statusOf(infra)).toMatchObject({ state: "starting", problems: [] }), {
    timeout: 5_000,
  });
});

test("a stop does not wait for an API server that does not answer", async () => {
  const asked = Promise.withResolvers<void>();
  const end = Promise.withResolvers<undefined>();
  cluster.api.intercept = ({ method }) => {
    if (method !== "PATCH") return undefined;
    asked.resolve();
    return end.promise;
  };
  const infra = await start();
  infra.reconcile([fleet("default/eg")]);
  await asked.promise;
  await infra.stop({ keepEnvoys: true });
  end.resolve(undefined);
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

test("addresses that are asked for are usable when the load balancer or a node has them", async () => {
  cluster.api.put(nodeResource, {
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
  expect(cluster.api.get(Service, "shop/eg-eg")).toMatchObject({
    metadata: { labels: { team: "a", "gateway.networking.k8s.io/gateway-name": "eg" } },
    spec: { type: "ExternalName", externalName: `${fleetName("shop/eg")}.${namespace}.svc.cluster.local` },
  });
  cluster.api.remove(Service, "shop/eg-eg");
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
  expect(cluster.api.get(ConfigMap, "default/eg")).toMatchObject({ data: { "ca.crt": "two" } });
  expect(writes().slice(before)).toEqual([
    "PATCH /api/v1/namespaces/default/configmaps/eg?fieldManager=envoy-gateway&force=true",
  ]);
});
