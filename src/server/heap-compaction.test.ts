import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HeapCompaction } from "./heap-compaction.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("memory is compacted once things are quiet after a bulk change, and not after small ones", () => {
  const collected = vi.fn();
  const memory = new HeapCompaction(() => false, collected);
  memory.noteBatch(3);
  vi.advanceTimersByTime(60_000);
  expect(collected).not.toHaveBeenCalled();
  memory.noteBatch(10_000);
  vi.advanceTimersByTime(200);
  memory.noteBatch(1);
  vi.advanceTimersByTime(200);
  expect(collected).not.toHaveBeenCalled();
  vi.advanceTimersByTime(100);
  expect(collected).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(60_000);
  expect(collected).toHaveBeenCalledTimes(1);
});

test("nothing is collected while Envoys wait for what changed, but for one that waits for ever", () => {
  const collected = vi.fn();
  let isBusy = true;
  const memory = new HeapCompaction(() => isBusy, collected);
  memory.noteBatch(10_000);
  vi.advanceTimersByTime(20_000);
  expect(collected).not.toHaveBeenCalled();
  isBusy = false;
  vi.advanceTimersByTime(1_000);
  expect(collected).toHaveBeenCalledTimes(1);
  isBusy = true;
  memory.noteBatch(10_000);
  vi.advanceTimersByTime(40_000);
  expect(collected).toHaveBeenCalledTimes(2);
});

test("nothing is collected after a stop", () => {
  const collected = vi.fn();
  const memory = new HeapCompaction(() => false, collected);
  memory.noteBatch(10_000);
  memory.stop();
  vi.advanceTimersByTime(60_000);
  expect(collected).not.toHaveBeenCalled();
});
