import { expect, test } from "vitest";
import { readOptions } from "../bench/options.ts";
import { isMet, percentile, table } from "../bench/table.ts";

test("a percentile is the value at the nearest rank, whatever the order", () => {
  const values = [5, 1, 4, 2, 3, 10, 9, 8, 7, 6];
  expect(percentile(values, 0.5)).toBe(5);
  expect(percentile(values, 0.95)).toBe(10);
  expect(percentile(values, 0)).toBe(1);
  expect(percentile([7], 0.5)).toBe(7);
  expect(percentile([], 0.5)).toBeNaN();
});

test("a target is a bound from above unless it is told to be one from below", () => {
  const figure = { routes: 10, name: "x", unit: "ms", value: 5 };
  expect(isMet(figure)).toBeUndefined();
  expect(isMet({ ...figure, target: 5 })).toBe(true);
  expect(isMet({ ...figure, target: 4 })).toBe(false);
  expect(isMet({ ...figure, target: 4, atLeast: true })).toBe(true);
  expect(isMet({ ...figure, target: 6, atLeast: true })).toBe(false);
});

test("the table shows the ratio to the floor and the target beside each value, and no ratio to a floor of nothing", () => {
  const text = table([
    { routes: 10, name: "add", unit: "ms", value: 6, p95: 9.25, floor: 3, target: 13 },
    { routes: 1000, name: "errors", unit: "", value: 2, floor: 0, target: 0 },
  ]);
  expect(text).toBe(
    [
      "routes  figure  unit  value  p95  floor  ratio  target",
      "    10  add     ms        6  9.3      3   2.00    ≤ 13  met",
      "  1000  errors            2           0            ≤ 0  missed",
      "",
    ].join("\n"),
  );
});

test("CI measures two sizes unless it is told which, and unknown phases and sizes are refused by name", () => {
  expect(readOptions({})).toMatchObject({ routes: [10, 1000, 10_000], reps: 20 });
  expect(readOptions({ CI: "true" })).toMatchObject({ routes: [10, 1000], reps: 10 });
  expect(readOptions({ CI: "true", ROUTES: "5", REPS: "2" })).toMatchObject({ routes: [5], reps: 2 });
  expect([...readOptions({ PHASES: "errors,start" }).phases]).toEqual(["start", "errors"]);
  expect(() => readOptions({ PHASES: "strat" })).toThrow("PHASES has strat");
  expect(() => readOptions({ ROUTES: "0" })).toThrow("ROUTES takes whole numbers from 1, not 0");
});
