import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Reachability } from "./reachability.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

test("the first answer after an outage is told, and the next outage has a signal of its own", () => {
  const reachability = new Reachability();
  const { returned } = reachability;
  vi.advanceTimersByTime(5_000);
  reachability.failed();
  reachability.answered();
  expect(returned.aborted).toBe(true);
  expect(reachability.returned.aborted).toBe(false);
});

test("one connection that breaks while others have answers is no outage", () => {
  const reachability = new Reachability();
  const { returned } = reachability;
  vi.advanceTimersByTime(5_000);
  reachability.answered();
  reachability.failed();
  reachability.answered();
  expect(returned.aborted).toBe(false);
});

test("answers after a quiet time end no outage", () => {
  const reachability = new Reachability();
  const { returned } = reachability;
  vi.advanceTimersByTime(5_000);
  reachability.answered();
  expect(returned.aborted).toBe(false);
});
