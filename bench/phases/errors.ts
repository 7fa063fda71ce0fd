import { setTimeout as sleep } from "node:timers/promises";
import { Load } from "../http/load.ts";
import { probe, waitUntil } from "../http/probe.ts";
import type { Target } from "../http/schedule.ts";
import { hostOf, portIndexOf } from "../manifests.ts";
import type { GatewayUnderTest } from "../processes/gateway.ts";
import type { ErrorsResult } from "../results.ts";
import type { Setup } from "../setup.ts";
import { spread } from "../statistics.ts";
import { type ChangeUnderLoad, changesUnderLoad } from "./change-under-load.ts";

/** Time between changes. */
const intervalMs = 500;
/** Time of load before the first and after the last change. */
const marginMs = 1_000;
const connections = 20;

/** Steady load while one route changes again and again, once for each kind of change; half of the requests go to that route. */
export async function measureErrors(
  setup: Setup,
  gateway: GatewayUnderTest,
  routes: number,
): Promise<Record<string, ErrorsResult>> {
  const others: Target[] = spread(routes, 10).map((route) => ({
    host: hostOf(route),
    path: "/",
    bodies: [`b${portIndexOf(route, routes, setup.backendPorts.length)}`],
  }));
  const results: Record<string, ErrorsResult> = {};
  for (const change of changesUnderLoad(setup.backendPorts)) {
    const file = `load-${change.name}.yaml`;
    await putAndAwait(gateway, change, file);
    await gateway.quiet();
    results[change.name] = await measure(setup, gateway, change, file, others);
    if (change.file(setup.settings.repetitions) !== undefined) gateway.remove(file);
  }
  await gateway.quiet();
  return results;
}

async function measure(
  { settings, say }: Setup,
  gateway: GatewayUnderTest,
  change: ChangeUnderLoad,
  file: string,
  others: readonly Target[],
): Promise<ErrorsResult> {
  const { hostname: host, path, bodies } = change;
  const changed: Target = { host, path, bodies, ...(change.isAway === true && { allowed: [404] }) };
  const load = new Load({ port: gateway.port, targets: [changed, ...others], rate: settings.rate, connections });
  await sleep(marginMs);
  for (let step = 1; step <= settings.repetitions; step++) {
    const objects = change.file(step);
    if (objects === undefined) gateway.remove(file);
    else gateway.put(file, objects);
    await sleep(intervalMs);
  }
  await gateway.quiet({ underLoad: true });
  await sleep(marginMs);
  const result = { changes: settings.repetitions, ...(await load.stop()) };
  say(`  ${change.name}: ${result.wrong} wrong of ${result.requests}`);
  if (!gateway.isAlive) throw new Error(`the gateway ended during ${change.name}: ${gateway.lastWords()}`);
  return result;
}

async function putAndAwait(gateway: GatewayUnderTest, change: ChangeUnderLoad, file: string): Promise<void> {
  gateway.put(file, change.file(0) ?? []);
  const isServed = async () => (await probe(gateway.port, change.hostname, change.path)).status === 200;
  const took = await waitUntil(isServed, { limitMs: 120_000, isPossible: () => gateway.isAlive });
  if (took === undefined) throw new Error(`the route of ${change.name} was never served: ${gateway.lastWords()}`);
}
