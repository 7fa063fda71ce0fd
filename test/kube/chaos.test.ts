/**
 * What clients notice when parts of a real cluster are killed or replaced under load. Needs root, Linux and Go. TEST_CLUSTER is the
 * number of a local cluster to use; one that is there stays. GATEWAY_IMAGE is an image that its node has; without it a new one is made.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Load } from "../../bench/http/load.ts";
import { probe } from "../../bench/http/probe.ts";
import { type ClusterProgram, LocalCluster } from "../../bench/kube/cluster.ts";
import { GatewayInCluster } from "../../bench/kube/gateway.ts";
import { controllerName, install } from "../../bench/kube/install.ts";
import { namespace, resources, routeObject } from "../../bench/kube/objects.ts";
import { restart, rolledOut } from "../../bench/kube/rollout.ts";
import type { LoadResult } from "../../bench/results.ts";
import type { AnyObject } from "../../src/kube/client.ts";
import { until } from "./harness/api-server.ts";
import { expectNothingNoticed } from "./harness/nothing-noticed.ts";
import { RecoveryReport } from "./harness/recovery-report.ts";

/** Routes that are loaded, and the backends' bodies. */
const routes = { one: "b0", two: "b1", three: "b2" } as const;
const hostOf = (name: string): string => `${name}.chaos.test`;
const settleMs = 2_000;
/** Requests a second. */
const rate = 200;

let cluster: LocalCluster;
let gateway: GatewayInCluster;
let load: Load | undefined;
const report = new RecoveryReport();

beforeAll(async () => {
  cluster = await LocalCluster.open(Number(process.env["TEST_CLUSTER"] ?? "8"));
  await install(cluster, { image: process.env["GATEWAY_IMAGE"] });
  gateway = await GatewayInCluster.start(cluster, 4);
  for (const [index, name] of Object.keys(routes).entries()) await makeRoute(name, index);
  for (const [name, body] of Object.entries(routes)) await served(name, body);
});
afterAll(async () => {
  report.write();
  await gateway?.remove();
  await cluster?.close();
});

beforeEach(async () => {
  const [one, two, three] = Object.entries(routes).map(([name, body]) => {
    return { host: hostOf(name), path: "/", bodies: [body] };
  });
  if (!one || !two || !three) throw new Error("there are three routes");
  load = new Load({ ...gateway.at, targets: [one, two, three], rate, connections: 20 });
  await sleep(settleMs);
});
afterEach(async () => {
  await load?.stop();
});

/** Ends the load after a while in which all that was done may still have its effect. */
async function loadResult(): Promise<LoadResult> {
  await sleep(settleMs);
  const result = await load?.stop();
  load = undefined;
  if (!result) throw new Error("there is no load");
  return result;
}

async function makeRoute(name: string, backend: number): Promise<AnyObject> {
  return cluster.client.create(resources.route, routeObject(name, hostOf(name), backend));
}

/** Milliseconds from `start` until a new connection gets this answer. */
async function served(name: string, body: string, start = performance.now()): Promise<number> {
  await until(async () => (await probe(gateway.at, hostOf(name), "/", 1_000)).body === body);
  return performance.now() - start;
}

/** Kills all processes of a program; returns their ids. */
function kill(program: ClusterProgram): readonly number[] {
  const pids = cluster.processesOf(program);
  expect(pids).not.toEqual([]);
  for (const pid of pids) process.kill(pid, "SIGKILL");
  return pids;
}

/** Waits until there are processes of the program, and none of those. */
async function replaced(program: ClusterProgram, former: readonly number[]): Promise<void> {
  await until(() => {
    const pids = cluster.processesOf(program);
    return pids.length > 0 && pids.every((pid) => !former.includes(pid));
  });
}

test("a controller that is killed is not noticed by any request, and a route that is made meanwhile is served", async () => {
  const start = performance.now();
  const former = kill("controller");
  await makeRoute("after-controller", 3);
  await replaced("controller", former);
  const backMs = performance.now() - start;
  const changeServedMs = await served("after-controller", "b3", start);
  const result = await loadResult();
  report.add({ what: "controller killed", backMs, changeServedMs, load: result });
  expectNothingNoticed(result, rate);
  await rolledOut(cluster.client, controllerName);
});

test("an Envoy that is killed comes back with its configuration, and gives no wrong answer before", async () => {
  const start = performance.now();
  kill("envoy");
  await makeRoute("after-envoy", 3);
  const backMs = await served("one", "b0", start);
  const changeServedMs = await served("after-envoy", "b3", start);
  const result = await loadResult();
  report.add({ what: "Envoy killed", backMs, changeServedMs, load: result });
  const failures = Object.keys(result.unusual);
  expect(failures.filter((what) => !/^(refused|reset|timeout)/.test(what))).toEqual([]);
  expect(failures).not.toEqual([]);
  await rolledOut(cluster.client, gateway.deployment);
});

test("an API server that is killed is not noticed by any request, and changes go on as soon as it is back", async () => {
  const start = performance.now();
  kill("kube-apiserver");
  await until(() => makeRoute("after-api-server", 3).then(() => true));
  const backMs = performance.now() - start;
  const changeServedMs = await served("after-api-server", "b3", start);
  const result = await loadResult();
  report.add({ what: "API server killed", backMs, changeServedMs, load: result });
  expectNothingNoticed(result, rate);
});

test("a controller that is replaced by a new one is not noticed by any request, and a route that is made meanwhile is served", async () => {
  const start = performance.now();
  const done = restart(cluster.client, controllerName);
  await makeRoute("after-rollout", 3);
  const changeServedMs = await served("after-rollout", "b3", start);
  await done;
  const backMs = performance.now() - start;
  const result = await loadResult();
  report.add({ what: "controller: rollout restart", backMs, changeServedMs, load: result });
  expectNothingNoticed(result, rate);
});

test("Envoys that are replaced by new ones are drained, so that no request fails", async () => {
  const start = performance.now();
  const former = cluster.processesOf("envoy");
  await restart(cluster.client, gateway.deployment);
  await until(() => cluster.processesOf("envoy").every((pid) => !former.includes(pid)));
  const backMs = performance.now() - start;
  const result = await loadResult();
  report.add({ what: "Envoy: rollout restart", backMs, load: result });
  expectNothingNoticed(result, rate);
});

test("a second Envoy that comes and goes again is drained, so that no request fails", async () => {
  const scale = async (replicas: number): Promise<void> => {
    const spec = { provider: { kubernetes: { envoyDeployment: { replicas } } } };
    await cluster.client.patch(resources.envoyProxy, { namespace, name: "bench" }, "merge", { spec });
    await until(() => cluster.processesOf("envoy").length === replicas);
    await until(async () => {
      const place = { namespace: "envoy-gateway-system", name: gateway.deployment };
      const { status } = await cluster.client.get<AnyObject>(resources.deployment, place);
      return (status as { availableReplicas?: number }).availableReplicas === replicas;
    });
  };
  const start = performance.now();
  await scale(2);
  await sleep(settleMs);
  await scale(1);
  const backMs = performance.now() - start;
  const result = await loadResult();
  report.add({ what: "Envoy: scaled to 2 and back to 1", backMs, load: result });
  expectNothingNoticed(result, rate);
});

test("a route that is deleted and made anew under its name is served and has a status of its own, each time", async () => {
  const start = performance.now();
  const place = { namespace, name: "again" };
  let made = await makeRoute("again", 3);
  for (let round = 0; round < 20; round++) {
    await cluster.client.delete(resources.route, place);
    made = await makeRoute("again", round % 2 === 0 ? 2 : 3);
    await sleep(17 * round);
  }
  await served("again", "b3", start);
  await until(async () => {
    const { metadata, status } = await cluster.client.get(resources.route, place);
    const { parents = [] } = (status ?? {}) as { parents?: { conditions: { type: string; status: string }[] }[] };
    const conditions = parents[0]?.conditions.map(({ type, status: value }) => `${type} ${value}`) ?? [];
    return metadata.uid === made.metadata.uid && conditions.sort().join() === "Accepted True,ResolvedRefs True";
  });
  const backMs = performance.now() - start;
  const result = await loadResult();
  report.add({ what: "route deleted and made anew, 20 times", backMs, load: result });
  expectNothingNoticed(result, rate);
});
