/** The changes of phase `propagate`, for an Envoy that is handed ready-made files. */
import { setTimeout as sleep } from "node:timers/promises";
import { Floor } from "../floor.ts";
import { hostnameOf, sample } from "../manifests.ts";
import { freePorts } from "../ports.ts";
import { stop } from "../processes.ts";
import { percentile } from "../table.ts";
import { allServed, isFrom, isNotFound, watch } from "../watch.ts";
import type { FloorFigures } from "./context.ts";
import { requestsPerSecond } from "./dataplane.ts";

export interface FloorTask {
  readonly root: string;
  readonly routes: number;
  readonly reps: number;
  readonly backends: readonly number[];
  /** Whether wrk is to be run against it too. */
  readonly dataplane: boolean;
}

/** Starts the Envoy, measures, and ends it. */
export async function measureFloor(task: FloorTask): Promise<FloorFigures> {
  const floor = new Floor(task.root, task.routes, task.backends);
  const [port = 0] = await freePorts(1);
  floor.clusters()();
  floor.table()();
  const begun = performance.now();
  const envoy = floor.start(port);
  try {
    const start = await allServed(port, sample(task.routes).map(hostnameOf), begun);
    const changes = await measureChanges(floor, port, task);
    const rate = task.dataplane ? { dataplane: await requestsPerSecond(port) } : {};
    return { start, ...changes, ...rate };
  } finally {
    await stop(envoy);
  }
}

async function measureChanges(floor: Floor, port: number, { reps, backends: [first = 0, second = 0] }: FloorTask) {
  const taken = { add: [] as number[], change: [] as number[], remove: [] as number[] };
  const timed = async (
    into: number[],
    put: readonly (() => void)[],
    ...seen: [string, Parameters<typeof watch>[2]]
  ) => {
    await sleep(100);
    const begun = performance.now();
    for (const step of put) step();
    into.push((await watch(port, seen[0], seen[1], undefined, begun)).ms);
  };
  for (let rep = 0; rep < reps; rep++) {
    const hostname = `extra-${rep}.bench.test`;
    const both = { one: first, two: second };
    await timed(
      taken.add,
      [floor.clusters({ one: first }), floor.table({ [hostname]: "one" })],
      hostname,
      isFrom("b0"),
    );
    await timed(taken.change, [floor.clusters(both), floor.table({ [hostname]: "two" })], hostname, isFrom("b1"));
    await timed(taken.remove, [floor.table()], hostname, isNotFound);
    floor.clusters()();
  }
  return {
    add: percentile(taken.add, 0.5),
    change: percentile(taken.change, 0.5),
    remove: percentile(taken.remove, 0.5),
  };
}
