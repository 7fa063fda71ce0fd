import { expect, test, vi } from "vitest";
import type { FleetSpec } from "../fleet.ts";
import { fleetResources } from "./resources.ts";
import { fleet, labelsOf, namespace, statusOf, testCluster } from "./test-cluster.ts";

const { Deployment, ServiceAccount } = fleetResources;
const cluster = testCluster();
const { start, writes, isThere } = cluster;

const account = `${namespace}/irsa`;

/** A fleet whose EnvoyProxy names the account. */
function naming(key: string, name = "irsa"): FleetSpec {
  return fleet(key, {
    envoyProxy: { provider: { type: "Kubernetes", kubernetes: { envoyServiceAccount: { name } } } },
  });
}

const hasPods = (key: string): boolean => isThere(Deployment, `${namespace}/${fleet(key).name}`);

function rolledOut(key: string): void {
  const deployment = cluster.api.get(Deployment, `${namespace}/${fleet(key).name}`);
  if (!deployment) throw new Error("no Deployment");
  const status = { observedGeneration: 9, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
  cluster.api.put(Deployment, { ...deployment, status });
}

test("Gateways whose EnvoyProxy names one ServiceAccount share it, until the last of them goes", async () => {
  const infra = await start();
  infra.reconcile([naming("shop/one")]);
  await infra.settled();
  infra.upsert(naming("shop/two"));
  await infra.settled();
  expect([hasPods("shop/one"), hasPods("shop/two")]).toEqual([true, true]);
  expect(infra.statuses().flatMap(({ problems }) => problems)).toEqual([]);
  const { uid } = cluster.api.get(ServiceAccount, account)?.metadata ?? {};

  infra.remove("shop/one");
  await vi.waitFor(() => expect(infra.statuses().map(({ key }) => key)).toEqual(["shop/two"]));
  expect(cluster.api.get(ServiceAccount, account)?.metadata).toMatchObject({ uid, labels: labelsOf("shop/two") });

  infra.remove("shop/two");
  await vi.waitFor(() => expect(infra.statuses()).toEqual([]));
  expect(isThere(ServiceAccount, account)).toBe(false);
});

test("one that is given another ServiceAccount leaves the shared one to the others", async () => {
  const infra = await start();
  infra.reconcile([naming("shop/one"), naming("shop/two")]);
  await infra.settled();
  const keeper = cluster.api.get(ServiceAccount, account)?.metadata.labels ?? {};
  const [first, other] =
    keeper["gateway.envoyproxy.io/owning-gateway-name"] === "one" ? ["shop/one", "shop/two"] : ["shop/two", "shop/one"];
  infra.upsert(naming(first, "another"));
  await infra.settled();
  rolledOut(first);
  await vi.waitFor(() =>
    expect(cluster.api.get(ServiceAccount, account)?.metadata.labels).toMatchObject(labelsOf(other)),
  );
  await infra.settled();
  expect(writes().filter((write) => write.startsWith("DELETE"))).toEqual([]);
});

test("one that a Gateway left behind when no control plane ran is taken over by those that name it", async () => {
  const former = await start();
  former.reconcile([naming("shop/gone")]);
  await former.settled();
  await former.stop({ keepEnvoys: true });
  const { uid } = cluster.api.get(ServiceAccount, account)?.metadata ?? {};
  const infra = await start();
  infra.reconcile([naming("shop/two")]);
  await vi.waitFor(() => expect([hasPods("shop/gone"), infra.statuses().length]).toEqual([false, 1]));
  expect(cluster.api.get(ServiceAccount, account)?.metadata).toMatchObject({ uid, labels: labelsOf("shop/two") });
});

test("a ServiceAccount that somebody else made is used as it is, and stays", async () => {
  const theirs = { metadata: { name: "irsa", namespace, annotations: { role: "arn" } } };
  cluster.api.put(ServiceAccount, theirs);
  const infra = await start();
  infra.reconcile([naming("shop/one")]);
  await infra.settled();
  expect(hasPods("shop/one")).toBe(true);
  infra.remove("shop/one");
  await vi.waitFor(() => expect(infra.statuses()).toEqual([]));
  expect(writes().filter((write) => write.includes("/serviceaccounts/"))).toEqual([]);
  expect(cluster.api.get(ServiceAccount, account)?.metadata).toMatchObject(theirs.metadata);
});

test("beside its Gateway a fleet uses no ServiceAccount that somebody else made, though its EnvoyProxy names it", async () => {
  cluster.api.put(ServiceAccount, { metadata: { name: "irsa", namespace: "shop" } });
  const infra = await start({ deploy: "GatewayNamespace" });
  infra.reconcile([naming("shop/one")]);
  await infra.settled();
  expect(statusOf(infra, "shop/one")?.problems).toMatchObject([{ code: "object-foreign" }]);
  expect(isThere(Deployment, "shop/one")).toBe(false);
});
