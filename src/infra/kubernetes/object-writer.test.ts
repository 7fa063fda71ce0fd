import { expect, test, vi } from "vitest";
import type { AnyObject } from "../../kube/client.ts";
import type { FleetSpec } from "../fleet.ts";
import { fleetResources } from "./resources.ts";
import { fleet, name, namespace, testCluster } from "./test-cluster.ts";

const { HorizontalPodAutoscaler } = fleetResources;
const cluster = testCluster();

test("a control plane that stops leading within a pass begins no further write, and goes on when it leads again", async () => {
  const infra = await cluster.start();
  const late: string[] = [];
  let isFollowing = false;
  cluster.api.intercept = async ({ method, url }) => {
    if (method === "GET") return undefined;
    if (isFollowing) late.push(`${method} ${url}`);
    if (!url.includes("/configmaps/")) return undefined;
    infra.follow();
    // What was sent in the same moment has arrived.
    await new Promise((resolve) => setTimeout(resolve, 100));
    isFollowing = true;
    return undefined;
  };
  infra.reconcile([fleet("shop/eg")]);
  await infra.settled();
  expect(late).toEqual([]);
  expect(infra.statuses()[0]?.problems).toEqual([]);
  cluster.api.intercept = undefined;
  infra.lead();
  await infra.settled();
  expect(infra.statuses()[0]).toMatchObject({ state: "starting", problems: [] });
  expect(cluster.isThere(fleetResources.Deployment, `${namespace}/${fleet("shop/eg").name}`)).toBe(true);
});

test("a value that the API server writes otherwise is applied once, however often a status changes, and again when it is another", async () => {
  const key = `${namespace}/${name}`;
  const live = (): AnyObject => structuredClone(cluster.api.get(HorizontalPodAutoscaler, key)) as AnyObject;
  const hold = (averageValue: string, status: object = {}): void => {
    const spec = { ...(live()["spec"] as object), metrics: metrics(averageValue) };
    cluster.api.put(HorizontalPodAutoscaler, { ...live(), spec, status });
  };
  const kubernetes = { envoyHpa: { maxReplicas: 3, metrics: metrics("1000m") } };
  const scaled = (ports = fleet("default/eg").ports): FleetSpec =>
    fleet("default/eg", { envoyProxy: { provider: { type: "Kubernetes", kubernetes } } as never, ports });
  const infra = await cluster.start();
  infra.reconcile([scaled()]);
  await infra.settled();
  let applied = 0;
  cluster.api.intercept = ({ method, url }) => {
    if (method !== "PATCH" || !url.includes("autoscalers")) return undefined;
    applied += 1;
    hold("1");
    return { status: 200, body: live() };
  };
  hold("1");
  await vi.waitFor(() => expect(applied).toBe(1));
  for (let replicas = 1; replicas <= 5; replicas += 1) {
    hold("1", { currentReplicas: replicas });
    // Leads to a pass that ends after the event.
    infra.upsert(scaled([{ name: "http", port: 80 + replicas, transport: "TCP" }]));
    await infra.settled();
  }
  expect(applied).toBe(1);
  hold("7");
  await vi.waitFor(() => expect(applied).toBe(2));
});

function metrics(averageValue: string): object[] {
  return [{ type: "Pods", pods: { metric: { name: "rps" }, target: { type: "AverageValue", averageValue } } }];
}
