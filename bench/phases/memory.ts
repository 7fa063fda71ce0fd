import { setTimeout as sleep } from "node:timers/promises";
import { isRouteFile, routesByHost } from "../manifests.ts";
import type { GatewayUnderTest } from "../processes/gateway.ts";
import type { MemoryResult } from "../results.ts";
import type { Setup } from "../setup.ts";

/** How long memory may take to come back. */
const limitMs = 60_000;
const pollMs = 500;
/** Memory that stays the same for this long has come back as far as it will. */
const steadyMs = 15_000;

/** All routes go at once; what memory is given back, and when. The gateway is left without routes. */
export async function measureMemory(setup: Setup, gateway: GatewayUnderTest, routes: number): Promise<MemoryResult> {
  await gateway.settled();
  const { controlPlaneMb, envoyMb } = gateway.usage();
  const files = [...routesByHost(routes, gateway.port, setup.backendPorts).keys()].filter(isRouteFile);
  for (const file of files) gateway.remove(file);
  const start = performance.now();
  let lowest = { controlPlaneMb, envoyMb };
  let at = start;
  while (performance.now() - start < limitMs && performance.now() - at < steadyMs) {
    await sleep(pollMs);
    const now = gateway.usage();
    // Less by a megabyte is a step; small ups and downs are not.
    if (now.controlPlaneMb > lowest.controlPlaneMb - 1) continue;
    lowest = { controlPlaneMb: now.controlPlaneMb, envoyMb: now.envoyMb };
    at = performance.now();
  }
  return { before: { controlPlaneMb, envoyMb }, after: lowest, waitedMs: at - start };
}
