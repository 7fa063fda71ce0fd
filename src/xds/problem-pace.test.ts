import { expect, test } from "vitest";
import { ProblemPace } from "./problem-pace.ts";

test("each node's problem is said once a minute", () => {
  let now = 0;
  const pace = new ProblemPace(() => now);
  expect([pace.isDue("a"), pace.isDue("a"), pace.isDue("b")]).toEqual([true, false, true]);
  now = 59_999;
  expect(pace.isDue("a")).toBe(false);
  now = 60_000;
  expect([pace.isDue("a"), pace.isDue("a")]).toEqual([true, false]);
});

test("whoever invents names of nodes fills neither the memory nor the log", () => {
  let now = 0;
  const pace = new ProblemPace(() => now);
  const said = Array.from({ length: 5_000 }, (_, i) => pace.isDue(`node ${i}`)).filter(Boolean);
  expect(said).toHaveLength(1_000);
  now = 60_000;
  expect(pace.isDue("node 4999")).toBe(true);
});
