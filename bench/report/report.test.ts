import { expect, test } from "vitest";
import type { ChangeTimes, Result, SizeResult } from "../results.ts";
import type { Summary } from "../statistics.ts";
import { type Figure, verdictOf } from "./figure.ts";
import { figuresOf } from "./figures.ts";
import { changeTarget } from "./size-figures.ts";
import { tableOf } from "./table.ts";

function around(value: number): Summary {
  return { count: 20, mean: value, median: value, p95: value * 2, min: value, max: value * 3 };
}

function times(median: number): ChangeTimes {
  const kinds = ["add", "change", "delete", "add with cluster", "change with cluster", "delete with cluster"];
  return Object.fromEntries(kinds.map((kind) => [kind, around(median)])) as ChangeTimes;
}

function size(figures: { changeMs: number; floorMs: number; cpuMs: number; errors?: number }): SizeResult {
  return {
    floor: { startMs: 100, changes: times(figures.floorMs), cpuMsPerChange: 1, rssMb: 60 },
    propagate: {
      changes: times(figures.changeMs),
      wrong: {},
      controlPlaneCpuMsPerChange: around(figures.cpuMs),
      envoyCpuMsPerChange: around(2),
      controlPlaneMb: 100,
      envoyMb: 50,
      updatesPerChange: { rds: 1 },
    },
    errors: {
      switch: { changes: 20, requests: 5000, wrong: figures.errors ?? 0, unusual: {}, examples: [] },
    },
  };
}

function result(sizes: Record<string, SizeResult>): Result {
  return { when: "", machine: "", program: "", envoy: "", sizes };
}

const find = (figures: readonly Figure[], group: string, name: string): Figure => {
  const found = figures.find((figure) => figure.group === group && figure.name === name);
  if (found === undefined) throw new Error(`no figure ${name} of ${group}`);
  return found;
};

test("a change may take 8 ms more than the floor with few routes, no more with a thousand, 0.6 of it with ten thousand", () => {
  expect(changeTarget(3, 10).value).toBe(11);
  expect(changeTarget(20, 1000).value).toBe(20);
  expect(changeTarget(200, 10_000).value).toBe(120);
});

test("CPU per change is held against that with the fewest routes, but never above 15 ms", () => {
  const figures = figuresOf(
    result({
      10: size({ changeMs: 5, floorMs: 3, cpuMs: 4 }),
      1000: size({ changeMs: 5, floorMs: 9, cpuMs: 12.5 }),
      10000: size({ changeMs: 5, floorMs: 90, cpuMs: 9 }),
    }),
  );
  const name = "CPU of control plane per change, mean";
  expect(verdictOf(find(figures, "10 routes", name))).toBe("met");
  expect(find(figures, "1,000 routes", name).target?.value).toBe(12);
  expect(verdictOf(find(figures, "1,000 routes", name))).toBe("short");
  expect(verdictOf(find(figures, "10,000 routes", name))).toBe("met");
});

test("throughput with most prefixes is to be nine tenths of that with the fewest", () => {
  const figures = figuresOf({
    ...result({}),
    dataplane: {
      load: "wrk",
      direct: 40_000,
      byPrefixes: { 10: { gateway: 20_000, floor: 20_000 }, 10000: { gateway: 17_000, floor: 7_000 } },
      mostToFewest: around(0.85),
      wrong: 0,
    },
  });
  const ratio = find(figures, "path prefixes", "most to fewest");
  expect(ratio.value).toBe(0.85);
  expect(verdictOf(ratio)).toBe("short");
});

test("the table has each figure with its ratio to the floor, target and verdict, and counts what is short", () => {
  const text = tableOf(figuresOf(result({ 10: size({ changeMs: 30, floorMs: 4, cpuMs: 3, errors: 2 }) })));
  const line = (start: string) => text.split("\n").find((one) => one.trim().startsWith(start)) ?? "";
  expect(line("add ").split(/\s+/).filter(Boolean)).toEqual([
    "add",
    "30",
    "ms",
    "60",
    "90",
    "4",
    "7.50",
    "≤",
    "12",
    "short",
  ]);
  expect(line("wrong answers: switch")).toMatch(/\b2 .*≤ 0 +short/);
  expect(line("CPU of control plane")).toMatch(/met$/);
  expect(text).toMatch(/\nbench: 3 targets met, 7 short\n$/);
});

test("rotations of a certificate and changes of a route have the median of their times and the mean of their CPU", () => {
  const changes = { ms: around(12), controlPlaneCpuMs: { ...around(4), mean: 6 }, envoyCpuMs: around(9) };
  const start = { firstMs: around(3000), sampleMs: around(4000), controlPlaneCpuMs: 2500, envoyCpuMs: 7000 };
  const memory = { controlPlaneMb: 400, envoyMb: 300 };
  const fleet = { start: { ...start, ...memory }, changes, ...memory, updatesPerChange: { rds: 1 } };
  const figures = figuresOf({
    ...result({}),
    listeners: { listeners: 5000, ...fleet },
    listenerSets: { sets: 2500, routesPerSet: 16, ...fleet },
  });
  expect(find(figures, "5,000 TLS listeners", "certificate rotated")).toMatchObject({ value: 12, unit: "ms" });
  expect(find(figures, "5,000 TLS listeners", "start: first 200")).toMatchObject({ value: 3, unit: "s" });
  const ofSets = "2,500 ListenerSets × 16 routes";
  expect(find(figures, ofSets, "route changed").value).toBe(12);
  expect(find(figures, ofSets, "CPU of control plane per change, mean").value).toBe(6);
});

test("a phase that did not run has no lines", () => {
  expect(figuresOf(result({ 10: {} }))).toEqual([]);
});
