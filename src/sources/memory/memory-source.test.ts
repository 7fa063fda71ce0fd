import { expect, test } from "vitest";
import type { KubeObject } from "../../api/object.ts";
import type { SourceBatch } from "../source.ts";
import { createMemorySource } from "./memory-source.ts";

function place(name: string): KubeObject {
  return { apiVersion: "example.test/v1", kind: "Place", metadata: { name } };
}

/** Starts a source and collects what it delivers. */
async function started(source: ReturnType<typeof createMemorySource>): Promise<SourceBatch[]> {
  const batches: SourceBatch[] = [];
  await source.start((batch) => batches.push(batch));
  return batches;
}

test("what was applied before the start is the first batch", async () => {
  const source = createMemorySource([place("a")]);
  source.apply([place("b"), place("c")]);
  source.delete([{ kind: "Place", key: "c" }]);
  const batches = await started(source);
  expect(batches.map(({ changes }) => changes.map(({ key }) => key))).toEqual([["a", "b"]]);
});

test("an empty source delivers an empty first batch", async () => {
  expect(await started(createMemorySource())).toEqual([{ changes: [], problems: [] }]);
});

test("each call is a batch, delivered before it returns", async () => {
  const source = createMemorySource();
  const batches = await started(source);
  const object = place("a");
  source.apply([object, place("b")]);
  source.delete([
    { kind: "Place", key: "a" },
    { kind: "Place", key: "never" },
  ]);
  source.delete([{ kind: "Place", key: "a" }]);
  expect(batches.slice(1)).toEqual([
    {
      changes: [
        { kind: "Place", key: "a", object },
        { kind: "Place", key: "b", object: place("b") },
      ],
    },
    { changes: [{ kind: "Place", key: "a", object: undefined }] },
  ]);
});

test("nothing is delivered after the stop", async () => {
  const source = createMemorySource();
  const batches = await started(source);
  await source.stop();
  source.apply([place("a")]);
  expect(batches).toHaveLength(1);
});
