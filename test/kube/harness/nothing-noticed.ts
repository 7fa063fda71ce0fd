import { expect } from "vitest";
import type { LoadResult } from "../../../bench/results.ts";

/** A load of `rate` requests a second ran for more than a second, and each of its requests got the right answer. */
export function expectNothingNoticed(result: LoadResult | undefined, rate: number): void {
  expect(result).toMatchObject({ wrong: 0, examples: [] });
  expect(result?.unusual).toEqual({});
  expect(result?.requests).toBeGreaterThan(rate);
}
