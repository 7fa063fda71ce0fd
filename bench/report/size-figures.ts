/** The figures with one number of routes, each with what it is compared with and what it should be. */
import { type BurstResult, changeKinds, type SizeResult, type StartResult } from "../results.ts";
import { cost, counts, type Figure, type Part, scaled, type Target, upTo } from "./figure.ts";

/** From how many routes on what holds for a thousand, and what holds for ten thousand. */
const [many, veryMany] = [100, 5_000];

/** What the floor's time allows a change to take: the control plane's work is hidden more and more behind Envoy's. */
export function changeTarget(floorMs: number, routes: number): Target {
  if (routes < many) return upTo(floorMs + 8);
  return upTo(routes < veryMany ? floorMs : 0.6 * floorMs);
}

/** The figures with one number of routes. `smallest` is the result with the fewest, when it is another. */
export function sizeFigures(routes: number, size: SizeResult, smallest: SizeResult | undefined): Figure[] {
  const group = `${routes.toLocaleString("en")} routes`;
  const figures = [
    ...(size.start ? startFigures(routes, size.start, size) : []),
    ...propagateFigures(routes, size, smallest),
    ...Object.entries(size.errors ?? {}).map(([name, errors]) => ({
      name: `wrong answers: ${name}`,
      unit: "" as const,
      value: errors.wrong,
      target: upTo(0),
      note: counts(errors.unusual) || `of ${errors.requests} requests, p99 ${errors.latencyMs?.p99.toFixed(1)} ms`,
    })),
    ...Object.entries(size.burst ?? {}).flatMap(([layout, burst]) => burstFigures(layout, burst)),
    ...memoryFigures(size, smallest),
  ];
  return figures.map((figure) => ({ group, ...figure }));
}

function startFigures(routes: number, start: StartResult, { floor }: SizeResult): Part[] {
  return [
    { name: "start: first 200", unit: "s", ...scaled(start.firstMs, 1000), target: upTo(3) },
    {
      name: "start: all of a sample",
      unit: "s",
      ...scaled(start.sampleMs, 1000),
      floor: floor && floor.startMs / 1000,
    },
    { name: "start: CPU of control plane", unit: "s", value: start.controlPlaneCpuMs / 1000 },
    { name: "memory of control plane", unit: "MB", value: start.controlPlaneMb, target: upTo(250) },
    {
      name: "memory of Envoy",
      unit: "MB",
      value: start.envoyMb,
      floor: floor?.rssMb,
      // With few routes it is that of the program itself, which has more to do behind a control plane.
      target: floor && routes >= veryMany ? upTo(floor.rssMb) : undefined,
    },
  ];
}

function propagateFigures(routes: number, { propagate, floor }: SizeResult, smallest: SizeResult | undefined): Part[] {
  if (propagate === undefined) return [];
  const least = smallest?.propagate?.controlPlaneCpuMsPerChange.mean;
  return [
    ...changeKinds.map((kind): Part => {
      const floorMs = floor?.changes[kind].median;
      const target = floorMs === undefined ? undefined : changeTarget(floorMs, routes);
      return { name: kind, unit: "ms", ...scaled(propagate.changes[kind], 1), floor: floorMs, target };
    }),
    {
      name: "wrong answers on the way",
      unit: "",
      value: Object.values(propagate.wrong).reduce((sum, count) => sum + count, 0),
      target: upTo(0),
      note: counts(propagate.wrong),
    },
    {
      name: "CPU of control plane per change, mean",
      unit: "ms",
      ...cost(propagate.controlPlaneCpuMsPerChange),
      // The clock ticks in steps of 10 ms: less than 3 ms at the smallest size is not told apart from 3.
      target: upTo(least === undefined ? 15 : Math.min(15, 3 * Math.max(3, least))),
    },
    {
      name: "CPU of Envoy per change, mean",
      unit: "ms",
      ...cost(propagate.envoyCpuMsPerChange),
      floor: floor?.cpuMsPerChange,
      note: counts(propagate.updatesPerChange, 1),
    },
    { name: "memory of control plane after changes", unit: "MB", value: propagate.controlPlaneMb, target: upTo(250) },
  ];
}

function burstFigures(layout: string, burst: BurstResult): Part[] {
  const name = `burst, ${layout}`;
  return [
    { name: `${name}: first served`, unit: "s", value: burst.firstMs / 1000 },
    { name: `${name}: all served`, unit: "s", value: burst.allMs / 1000, target: upTo(1) },
    { name: `${name}: quiet after that`, unit: "s", value: burst.quietMs / 1000, target: upTo(1) },
    {
      name: `${name}: route tables sent`,
      unit: "",
      value: burst.updates["rds"] ?? 0,
      target: upTo(5),
      note: counts(burst.updates),
    },
    { name: `${name}: CPU of control plane`, unit: "s", value: burst.controlPlaneCpuMs / 1000 },
  ];
}

function memoryFigures({ memory }: SizeResult, smallest: SizeResult | undefined): Part[] {
  if (memory === undefined) return [];
  const empty = smallest?.start?.controlPlaneMb;
  return [
    { name: "memory of control plane before routes go", unit: "MB", value: memory.before.controlPlaneMb },
    {
      name: "memory of control plane after",
      unit: "MB",
      value: memory.after.controlPlaneMb,
      target: empty === undefined ? undefined : upTo(1.25 * empty),
      note: `after ${(memory.waitedMs / 1000).toFixed(0)} s`,
    },
    {
      name: "memory of Envoy after",
      unit: "MB",
      value: memory.after.envoyMb,
      note: `before ${memory.before.envoyMb.toFixed(0)}`,
    },
  ];
}
