import fc from "fast-check";
import { expect, test } from "vitest";
import { percentile, spread, summarize } from "./statistics.ts";

test("a percentile is the smallest measured value that the share does not exceed", () => {
  const twenty = Array.from({ length: 20 }, (_, index) => index + 1);
  expect(percentile(twenty, 0.95)).toBe(19);
  expect(percentile(twenty, 0.951)).toBe(20);
  expect(percentile(twenty, 1)).toBe(20);
  expect(percentile([7], 0.01)).toBe(7);
});

test("the median of an odd count is its middle, of an even count lies between the middle two", () => {
  expect(summarize([30, 10, 20]).median).toBe(20);
  expect(summarize([4, 1, 3, 2]).median).toBe(2.5);
  expect(summarize([5])).toEqual({ count: 1, mean: 5, median: 5, p95: 5, min: 5, max: 5 });
});

test("the mean counts what is rare and large", () => {
  expect(summarize([1, 1, 1, 97])).toMatchObject({ mean: 25, median: 1, max: 97 });
});

test("nothing measured has no summary", () => {
  expect(() => summarize([])).toThrow(RangeError);
});

test("a summary is in order and does not depend on the order of the values", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, min: 0, max: 1e6 }), { minLength: 1 }), (values) => {
      const summary = summarize(values);
      expect(summarize(values.toReversed())).toEqual(summary);
      expect(summary.min).toBe(Math.min(...values));
      expect(summary.max).toBe(Math.max(...values));
      expect(summary.median).toBeLessThanOrEqual(summary.p95);
    }),
  );
});

test("a spread sample has different numbers and both ends", () => {
  expect(spread(10_000, 3)).toEqual([0, 5000, 9999]);
  expect(spread(2, 20)).toEqual([0, 1]);
  expect(new Set(spread(21, 20)).size).toBe(20);
});
