import { expect, test } from "vitest";
import { newSpanId, newTraceId, type Span } from "./span.ts";
import { SpanQueue } from "./span-queue.ts";

const span = (name: string): Span => ({
  name,
  traceId: newTraceId(),
  spanId: newSpanId(),
  start: 0,
  end: 1,
  attributes: {},
});

async function names(queue: SpanQueue): Promise<string[]> {
  const taken: string[] = [];
  await queue.drain(async (spans) => void taken.push(...spans.map(({ name }) => name)));
  return taken;
}

test("the oldest spans go where too many wait", async () => {
  const queue = new SpanQueue(2);
  for (const name of ["a", "b", "c"]) queue.add([span(name)]);
  expect(await names(queue)).toEqual(["b", "c"]);
  expect(queue.dropped).toBe(1);
});

test("what could not be sent is sent the next time, before what came later", async () => {
  const queue = new SpanQueue();
  queue.add([span("a")]);
  const failed = queue.drain(async () => {
    queue.add([span("b")]);
    throw new Error("away");
  });
  await expect(failed).rejects.toThrow("away");
  expect(await names(queue)).toEqual(["a", "b"]);
  expect(queue.size).toBe(0);
});
