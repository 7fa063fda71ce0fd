/** The figures of a result, each with what it is compared with and what it should be. */
import {
  type BurstResult,
  changeKinds,
  type DataplaneResult,
  type Result,
  type SizeResult,
  type StartResult,
} from "../results.ts";
import type { Summary } from "../statistics.ts";

/** A line of the table. */
export interface Figure {
  /** What it belongs to, e.g. `1,000 routes`. */
  readonly group: string;
  readonly name: string;
  readonly unit: "ms" | "s" | "MB" | "req/s" | "×" | "";
  /** Median where it was measured more than once. */
  readonly value: number;
  readonly p95?: number | undefined;
  readonly max?: number | undefined;
  /** What Envoy alone needs. */
  readonly floor?: number | undefined;
  readonly target?: Target | undefined;
  readonly note?: string | undefined;
}

export interface Target {
  readonly bound: "≤" | "≥";
  readonly value: number;
}

/** Whether the figure is as good as it should be; nothing where there is no target. */
export function isReached({ value, target }: Figure): boolean | undefined {
  if (target === undefined) return undefined;
  return target.bound === "≤" ? value <= target.value : value >= target.value;
}

const upTo = (value: number): Target => ({ bound: "≤", value });

/** From how many routes on what holds for a thousand, and what holds for ten thousand. */
const [many, veryMany] = [100, 5_000];

/** What the floor's time allows a change to take: the control plane's work is hidden more and more behind Envoy's. */
export function changeTarget(floorMs: number, routes: number): Target {
  if (routes < many) return upTo(floorMs + 8);
  return upTo(routes < veryMany ? floorMs : 0.6 * floorMs);
}

/** All figures, by size, then those that span sizes. */
export function figuresOf(result: Result): Figure[] {
  const sizes = Object.entries(result.sizes).map(([routes, size]) => ({ routes: Number(routes), size }));
  const [smallest] = sizes;
  return [
    ...sizes.flatMap(({ routes, size }) =>
      sizeFigures(routes, size, routes === smallest?.routes ? undefined : smallest?.size),
    ),
    ...(result.dataplane ? dataplaneFigures(result.dataplane) : []),
  ];
}

/** `smallest` is the result with the fewest routes, when it is another. */
function sizeFigures(routes: number, size: SizeResult, smallest: SizeResult | undefined): Figure[] {
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

type Part = Omit<Figure, "group">;

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
  const least = smallest?.propagate?.controlPlaneCpuMsPerChange;
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
      name: "CPU of control plane per change",
      unit: "ms",
      value: propagate.controlPlaneCpuMsPerChange,
      // The clock ticks in steps of 10 ms: less than 3 ms at the smallest size is not told apart from 3.
      target: upTo(least === undefined ? 15 : Math.min(15, 3 * Math.max(3, least))),
    },
    {
      name: "CPU of Envoy per change",
      unit: "ms",
      value: propagate.envoyCpuMsPerChange,
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

function dataplaneFigures({ load, direct, byPrefixes, wrong }: DataplaneResult): Figure[] {
  const group = "path prefixes";
  const sizes = Object.entries(byPrefixes);
  const [fewest, most] = [sizes[0]?.[1], sizes.at(-1)?.[1]];
  const ratio: Figure[] =
    sizes.length > 1 && fewest && most
      ? [
          {
            group,
            name: "most to fewest",
            unit: "×",
            value: most.gateway / fewest.gateway,
            target: { bound: "≥", value: 0.9 },
          },
        ]
      : [];
  return [
    { group, name: "straight to a backend", unit: "req/s", value: direct, note: load },
    ...sizes.map(
      ([prefixes, { gateway, floor }]): Figure => ({
        group,
        name: `${Number(prefixes).toLocaleString("en")} prefixes`,
        unit: "req/s",
        value: gateway,
        floor,
      }),
    ),
    ...ratio,
    { group, name: "answers that were no 200", unit: "", value: wrong, target: upTo(0) },
  ];
}

function scaled({ median, p95, max }: Summary, by: number): Pick<Figure, "value" | "p95" | "max"> {
  return { value: median / by, p95: p95 / by, max: max / by };
}

function counts(record: Readonly<Record<string, number>>, digits = 0): string {
  return Object.entries(record)
    .map(([what, count]) => `${what} ${count.toFixed(digits)}`)
    .join(", ");
}
