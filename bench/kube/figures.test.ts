import { expect, test } from "vitest";
import { verdictOf } from "../report/figure.ts";
import { tableOf } from "../report/table.ts";
import { summarize } from "../statistics.ts";
import { kubeFigures } from "./figures.ts";
import type { AttachResult, SizeResult } from "./results.ts";

const attach: AttachResult = {
  writtenMs: 5_000,
  servedMs: 2_000,
  statusMs: 3_000,
  gatewayWrites: 8,
  controllerCpuMs: 900,
  controllerMb: 150,
  envoyMb: 80,
};

function size(appliedMs: readonly number[], cpuMs: number): SizeResult {
  const changes = { applied: summarize(appliedMs), deleted: summarize([20]), controllerCpuMsPerChange: cpuMs };
  return { attach, changes, steady: { seconds: 60, controllerCpuMs: 300, envoyCpuMs: 60, writes: {} } };
}

const verdicts = (result: Parameters<typeof kubeFigures>[0]): Record<string, string | undefined> =>
  Object.fromEntries(kubeFigures(result).map((figure) => [`${figure.group}: ${figure.name}`, verdictOf(figure)]));

test("a change's median and its slowest twentieth have targets of their own", () => {
  const found = verdicts({ ours: { 1000: size([60, 60, 60, 500], 12) } });
  expect(found["1,000 routes: route applied → served"]).toBe("met");
  expect(found["1,000 routes: route applied → served, p95"]).toBe("short");
});

test("CPU per change is held against that with the fewest routes", () => {
  const name = "routes: CPU of control plane per change, mean";
  const found = verdicts({ ours: { 10: size([50], 12), 100: size([50], 17), 1000: size([50], 19) } });
  expect([found[`10 ${name}`], found[`100 ${name}`], found[`1,000 ${name}`]]).toEqual([undefined, "met", "short"]);
});

test("any write while nothing changes is told, and misses the target", () => {
  const steady = { seconds: 60, controllerCpuMs: 0, envoyCpuMs: 0, writes: { "PATCH gateways/status": 2 } };
  const [writes] = kubeFigures({ ours: { 10: { steady } } });
  expect(writes).toMatchObject({ value: 2, note: "PATCH gateways/status 2" });
  expect(writes && verdictOf(writes)).toBe("short");
});

test("there is a column of another control plane only where one was measured", () => {
  const ours = { 10: { attach } };
  expect(tableOf(kubeFigures({ ours }), "original")).not.toContain("original");
  const original = { 10: { attach: { ...attach, servedMs: 8_000 } } };
  const table = tableOf(kubeFigures({ ours, original }), "original");
  expect(table).toMatch(/all served +2 s +8 +0\.25/);
});
