import { expect, test, vi } from "vitest";
import { fleetResources } from "./resources.ts";
import { fleet, statusOf, testCluster } from "./test-cluster.ts";

const { ConfigMap, Deployment, Service } = fleetResources;
const cluster = testCluster();
const { start, isThere } = cluster;

const mark = "gateway.envoyproxy.io/managed-by-controller";
const beside = { deploy: "GatewayNamespace", certificateAuthority: () => "PEM" } as const;

test.each([
  ["another name", { controllerName: "example.com/new" }],
  ["another namespace", { namespace: "new-system" }],
])("a control plane that has %s goes on with what was made for its Gateways", async (_, changed) => {
  const former = await start(beside);
  former.reconcile([fleet("shop/eg")]);
  await former.settled();
  await former.stop({ keepEnvoys: true });
  const before = cluster.api.get(Service, "shop/eg")?.metadata;
  const infra = await start({ ...beside, ...changed });
  infra.reconcile([fleet("shop/eg")]);
  await infra.settled();
  expect(statusOf(infra, "shop/eg")?.problems).toEqual([]);
  const after = cluster.api.get(Service, "shop/eg")?.metadata;
  expect(after?.uid).toBe(before?.uid);
  expect(after?.labels?.[mark]).not.toBe(before?.labels?.[mark]);
  infra.remove("shop/eg");
  await vi.waitFor(() => expect(isThere(Deployment, "shop/eg")).toBe(false));
});

test("names beside Gateways lead to where Envoys run after the control plane has moved", async () => {
  const former = await start();
  former.reconcile([fleet("shop/eg")]);
  await former.settled();
  await former.stop({ keepEnvoys: true });
  const infra = await start({ namespace: "new-system" });
  infra.reconcile([fleet("shop/eg")]);
  await infra.settled();
  expect(statusOf(infra, "shop/eg")?.problems).toEqual([]);
  const alias = cluster.api.get(Service, "shop/eg-eg");
  expect(alias).toMatchObject({ spec: { externalName: expect.stringContaining(".new-system.") } });
});

test("of another Gateway of the same name, such as one that was deleted, nothing is taken over", async () => {
  const former = await start({ ...beside, namespace: "old-system" });
  former.reconcile([fleet("shop/eg", {}, { gateway: { namespace: "shop", name: "eg", uid: "former" } })]);
  await former.settled();
  await former.stop({ keepEnvoys: true });
  const infra = await start(beside);
  infra.reconcile([fleet("shop/eg")]);
  await infra.settled();
  expect(statusOf(infra, "shop/eg")?.problems).toMatchObject([
    { code: "object-foreign" },
    { code: "object-foreign" },
    { code: "object-foreign" },
  ]);
});

test("two control planes that both have a Gateway take its objects from each other once, and no more", async () => {
  const one = await start({ ...beside, namespace: "one-system" });
  one.reconcile([fleet("shop/eg")]);
  await one.settled();
  const two = await start({ ...beside, namespace: "two-system" });
  two.reconcile([fleet("shop/eg")]);
  const isTold = (): boolean =>
    [one, two].some((infra) => statusOf(infra, "shop/eg")?.problems.some(({ code }) => code === "object-foreign"));
  await vi.waitFor(() => expect(isTold()).toBe(true), { timeout: 5_000 });
  await Promise.all([one.settled(), two.settled()]);
  const version = cluster.api.get(ConfigMap, "shop/eg")?.metadata.resourceVersion;
  for (const infra of [one, two]) infra.upsert(fleet("shop/eg"));
  await Promise.all([one.settled(), two.settled()]);
  expect(cluster.api.get(ConfigMap, "shop/eg")?.metadata.resourceVersion).toBe(version);
});
