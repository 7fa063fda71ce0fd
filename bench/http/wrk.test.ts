import { expect, test } from "vitest";
import { parseWrk } from "./wrk.ts";

test("rate and wrong answers are read from wrk's report", () => {
  const report =
    "  1000 requests in 1.00s\n  Non-2xx or 3xx responses: 12\nRequests/sec:  24612.37\nTransfer/sec: 3MB\n";
  expect(parseWrk(report)).toEqual({ requestsPerSecond: 24_612.37, wrong: 12 });
  expect(parseWrk(report.replace(/.*Non.*\n/, "")).wrong).toBe(0);
  expect(() => parseWrk("unable to connect")).toThrow(/unable to connect/);
});
