import { expect, test } from "vitest";
import { parseWrk, pathsOf } from "./dataplane.ts";

test("paths are below prefixes that there are, drawn from all of them, and the same each time", () => {
  const paths = pathsOf(10);
  expect(new Set(paths).size).toBe(10);
  expect(paths.every((path) => /^\/p0000[0-9]\/x$/.test(path))).toBe(true);
  expect(pathsOf(10_000)).toEqual(pathsOf(10_000));
  expect(new Set(pathsOf(10_000)).size).toBeGreaterThan(3000);
});

test("rate and wrong answers are read from wrk's report", () => {
  const report =
    "  1000 requests in 1.00s\n  Non-2xx or 3xx responses: 12\nRequests/sec:  24612.37\nTransfer/sec: 3MB\n";
  expect(parseWrk(report)).toEqual({ requestsPerSecond: 24_612.37, wrong: 12 });
  expect(parseWrk(report.replace(/.*Non.*\n/, "")).wrong).toBe(0);
  expect(() => parseWrk("unable to connect")).toThrow(/unable to connect/);
});
