import { setTimeout as sleep } from "node:timers/promises";
import { Floor } from "../floor/floor.ts";
import { cluster, type Encoded, encodeClusters, encodeHosts, virtualHost } from "../floor/resources.ts";
import { probe, waitUntil } from "../http/probe.ts";
import { hostOf, portIndexOf } from "../manifests.ts";
import type { FloorResult } from "../results.ts";
import { portOf, type Setup } from "../setup.ts";
import { spread } from "../statistics.ts";
import { ChangeLog, changesOf, type TimedChange } from "./changes.ts";

/** Pause between changes, so that none meets the end of the one before it. */
const pauseMs = 100;

/**
 * What Envoy itself needs for the changes of the phase `propagate`: whole files each time, as its file source has no less. A cluster stands
 * behind each route, as the original has it.
 */
export async function measureFloor(setup: Setup, routes: number): Promise<FloorResult> {
  const all = Array.from({ length: routes }, (_, index) => index);
  const indexOf = (route: number): number => portIndexOf(route, routes, setup.backendPorts.length);
  const usual = encodeClusters([
    ...all.map((route) => cluster(`c${route}`, [portOf(setup, indexOf(route))])),
    cluster("first", [portOf(setup, 0)]),
    cluster("second", [portOf(setup, 1)]),
  ]);
  const hosts = encodeHosts(all.map((route) => virtualHost(hostOf(route), [{ prefix: "/", cluster: `c${route}` }])));
  const floor = await Floor.start(setup, `floor-${routes}`, { clusters: [usual], hosts: [hosts] });
  try {
    const startMs = await untilServed(floor, spread(routes, 20).map(hostOf));
    await sleep(1_000);
    const log = new ChangeLog();
    const cpuBefore = floor.cpuMs;
    for (let repetition = 0; repetition < setup.settings.repetitions; repetition++) {
      for (const change of changesOf(repetition, { first: "b0", second: "b1" })) {
        const content = contentOf(setup, change);
        const put = floor.prepare({
          hosts: [hosts, content.hosts],
          ...(content.clusters && { clusters: [usual, content.clusters] }),
        });
        await sleep(pauseMs);
        await log.time(floor, change, put);
      }
    }
    await sleep(500);
    const cpuMsPerChange = (floor.cpuMs - cpuBefore) / log.count;
    return { startMs, changes: log.summary(), cpuMsPerChange, rssMb: floor.residentMb };
  } finally {
    await floor.stop();
  }
}

/** What is in the files beside the usual after this change; clusters only when they change too. */
function contentOf(setup: Setup, { kind, hostname, after }: TimedChange): { hosts: Encoded; clusters?: Encoded } {
  const index = after === "b1" ? 1 : 0;
  if (!kind.endsWith("with cluster")) {
    const to = index === 0 ? "first" : "second";
    return { hosts: encodeHosts(after === undefined ? [] : [virtualHost(hostname, [{ prefix: "/", cluster: to }])]) };
  }
  // Clusters pile up under names of their own: the one that a change replaces stays until the next, as it must behind a control plane.
  const own = (of: number): string => `${hostname}-${of}`;
  const clusters = [0, 1].slice(0, index + 1).map((of) => cluster(own(of), [portOf(setup, of)]));
  return {
    hosts: encodeHosts(after === undefined ? [] : [virtualHost(hostname, [{ prefix: "/", cluster: own(index) }])]),
    clusters: encodeClusters(after === undefined ? [] : clusters),
  };
}

/** Milliseconds from the start of the Envoy until all hostnames answer 200. */
export async function untilServed(floor: Floor, hostnames: readonly string[]): Promise<number> {
  for (const hostname of hostnames) {
    const isServed = async () => (await probe(floor.port, hostname)).status === 200;
    const patience = { limitMs: 120_000, isPossible: () => floor.isAlive };
    if ((await waitUntil(isServed, patience)) === undefined)
      throw new Error(`the floor does not serve: ${floor.lastWords()}`);
  }
  return performance.now() - floor.startedAt;
}
