import { setTimeout as sleep } from "node:timers/promises";
import type { KubeObject } from "../../src/api/object.ts";
import { notServed } from "../http/not-served.ts";
import { httpRoute } from "../manifests.ts";
import type { GatewayUnderTest } from "../processes/gateway.ts";
import { updatesBetween } from "../processes/updates.ts";
import type { BurstResult } from "../results.ts";
import type { Setup } from "../setup.ts";
import { spread } from "../statistics.ts";

const limitMs = 120_000;
const pollMs = 5;

/** Many routes appear at once, in one file and in a file each. */
export async function measureBurst(setup: Setup, gateway: GatewayUnderTest): Promise<Record<string, BurstResult>> {
  const results: Record<string, BurstResult> = {};
  for (const layout of ["one file", "a file each"]) {
    const name = layout.replaceAll(" ", "-");
    const hostnames = Array.from({ length: setup.settings.burst }, (_, index) => `${name}-${index}.bench.test`);
    const routes = hostnames.map((hostname, index) =>
      httpRoute(`burst-${name}-${index}`, hostname, [{ prefix: "/", backend: "be-0" }]),
    );
    const files = new Map<string, KubeObject[]>(
      layout === "one file"
        ? [["burst.yaml", routes]]
        : routes.map((route) => [`${route.metadata.name}.yaml`, [route]] as const),
    );
    results[layout] = await measure(gateway, files, hostnames);
    for (const file of files.keys()) gateway.remove(file);
    await gateway.quiet();
  }
  return results;
}

async function measure(
  gateway: GatewayUnderTest,
  files: ReadonlyMap<string, readonly KubeObject[]>,
  hostnames: readonly string[],
): Promise<BurstResult> {
  const puts = [...files].map(([name, objects]) => gateway.prepare(name, objects));
  await gateway.quiet();
  const before = { usage: gateway.usage(), updates: await gateway.updates() };
  const start = performance.now();
  for (const put of puts) put();
  const written = performance.now();
  const { firstMs, allMs } = await untilAllServed(gateway, hostnames, written);
  const quietMs = await gateway.quiet();
  const usage = gateway.usage();
  return {
    routes: hostnames.length,
    writtenMs: written - start,
    firstMs,
    allMs,
    quietMs,
    controlPlaneCpuMs: usage.controlPlaneCpuMs - before.usage.controlPlaneCpuMs,
    envoyCpuMs: usage.envoyCpuMs - before.usage.envoyCpuMs,
    updates: updatesBetween(before.updates, await gateway.updates()),
  };
}

/** Looks at a sample until it is served, then at all. */
async function untilAllServed(
  gateway: GatewayUnderTest,
  hostnames: readonly string[],
  start: number,
): Promise<{ readonly firstMs: number; readonly allMs: number }> {
  let firstMs: number | undefined;
  const sample = spread(hostnames.length, 50).map((index) => hostnames[index] ?? "");
  for (const wanted of [sample, hostnames]) {
    let missing: readonly string[] = wanted;
    while (missing.length > 0) {
      const asked = missing.length;
      missing = await notServed(gateway.port, missing);
      if (missing.length < asked) firstMs ??= performance.now() - start;
      if (missing.length === 0) break;
      if (!gateway.isAlive || performance.now() - start > limitMs) {
        throw new Error(`${missing.length} routes were never served: ${gateway.lastWords()}`);
      }
      await sleep(pollMs);
    }
  }
  return { firstMs: firstMs ?? 0, allMs: performance.now() - start };
}
