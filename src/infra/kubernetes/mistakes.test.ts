import { expect, test, vi } from "vitest";
import { fleetName } from "../fleet.ts";
import { fleetResources } from "./resources.ts";
import { fleet, name, namespace, statusOf, testCluster } from "./test-cluster.ts";

const { Service } = fleetResources;
const cluster = testCluster();

test("an object that we fail on is told of once and stays as it was known, and others of its kind are heard", async () => {
  const infra = await cluster.start();
  infra.reconcile([fleet("default/eg"), fleet("default/other")]);
  await infra.settled();
  const load = (of: string, ingress: unknown): void => {
    const service = cluster.api.get(Service, `${namespace}/${of}`);
    if (!service) throw new Error(`no Service ${of}`);
    cluster.api.put(Service, { ...service, status: { loadBalancer: { ingress } } });
  };
  load(name, [{ ip: "10.0.0.5" }]);
  await vi.waitFor(() => expect(statusOf(infra)?.addresses).toMatchObject([{ value: "10.0.0.5" }]));
  const asked = cluster.api.received.length;
  load(name, [null]);
  load(name, [null, null]);
  load(fleetName("default/other"), [{ ip: "10.0.0.6" }]);
  await vi.waitFor(() => expect(statusOf(infra, "default/other")?.addresses).toMatchObject([{ value: "10.0.0.6" }]));
  expect(statusOf(infra)?.addresses).toMatchObject([{ value: "10.0.0.5" }]);
  expect(cluster.logged().filter(({ level }) => level === "error")).toMatchObject([
    { fields: { kind: "Service", object: `${namespace}/${name}` }, message: expect.stringContaining("null") },
  ]);
  // Neither another watch nor another list.
  expect(cluster.api.received).toHaveLength(asked);
  load(name, [{ ip: "10.0.0.7" }]);
  await vi.waitFor(() => expect(statusOf(infra)?.addresses).toMatchObject([{ value: "10.0.0.7" }]));
});
