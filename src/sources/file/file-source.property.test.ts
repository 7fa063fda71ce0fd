import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readManifests } from "./read-manifests.ts";
import { errorCode } from "./reading.ts";
import { eventually, put, temporaryDirectory, watchPaths } from "./testing/watched-directory.ts";
import { documents, judge, widget } from "./testing/widgets.ts";

type Operation =
  | { readonly do: "put" | "write" | "writeHalves"; readonly file: string; readonly text: string }
  | { readonly do: "remove"; readonly file: string }
  | { readonly do: "rename" | "link"; readonly file: string; readonly to: string }
  | { readonly do: "replaceDirectory"; readonly keep: boolean }
  | { readonly do: "pause"; readonly ms: number };

const file = fc.constantFrom("a.yaml", "b.yaml", "c.json", "d.txt");
const text = fc
  .array(
    fc.oneof(
      {
        weight: 8,
        arbitrary: fc
          .tuple(fc.constantFrom("p", "q", "r", "s"), fc.integer({ min: -1, max: 3 }))
          .map(([name, size]) => widget(name, size)),
      },
      { weight: 1, arbitrary: fc.constant("kind: [\n") },
    ),
    { maxLength: 4 },
  )
  .map((texts) => documents(...texts));

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("put", "write", "writeHalves"), file, text }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove"), file }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("rename", "link"), file, to: file }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("replaceDirectory"), keep: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pause"), ms: fc.integer({ min: 0, max: 15 }) }) },
);

/** Does to a directory what people and programs do. Links may go round in a circle; then there is nothing to write to. */
async function perform(directory: string, step: Operation): Promise<void> {
  if (step.do === "pause") return pause(step.ms);
  if (step.do === "replaceDirectory") {
    if (step.keep) {
      renameSync(directory, `${directory}-old`);
      await pause(1);
      renameSync(`${directory}-old`, directory);
    } else {
      rmSync(directory, { recursive: true });
      mkdirSync(directory);
    }
    return;
  }
  const path = join(directory, step.file);
  switch (step.do) {
    case "put":
      return put(path, step.text);
    case "write":
      return writeFileSync(path, step.text);
    case "writeHalves": {
      const middle = step.text.length >> 1;
      writeFileSync(path, step.text.slice(0, middle));
      await pause(3);
      return writeFileSync(path, step.text.slice(middle), { flag: "a" });
    }
    case "remove":
      return rmSync(path, { force: true });
    case "rename":
      if (existsSync(path)) renameSync(path, join(directory, step.to));
      return;
    case "link": {
      const to = join(directory, step.to);
      if (step.to === step.file) return;
      rmSync(to, { force: true });
      return symlinkSync(step.file, to);
    }
  }
}

/** Removes every file with something broken in it, since what is kept of it depends on what was before. Links can bring out others, hence the rounds. */
async function mend(directory: string): Promise<void> {
  for (let round = 0; round < 5; round++) {
    const { problems } = await readManifests({ ...judge, paths: [directory] });
    for (const { severity, file: broken } of problems)
      if (severity === "error" && broken !== undefined) rmSync(broken, { force: true });
  }
}

test("whatever is done to the files, the objects end as a fresh start reads them", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 15 }), async (operations) => {
      const directory = join(temporaryDirectory(), "m");
      mkdirSync(directory);
      const { source, objects } = await watchPaths([directory], { longRestMs: 30, defaultNamespace: "home" });
      for (const step of operations) {
        await perform(directory, step).catch((error: unknown) => {
          if (errorCode(error) !== "ELOOP") throw error;
        });
      }
      await mend(directory);
      const fresh = await readManifests({ ...judge, paths: [directory] });
      const expected = Object.fromEntries(
        fresh.objects.map(({ kind, key, object }) => [`${kind} ${key}`, object?.spec]),
      );
      await eventually(() =>
        expect(Object.fromEntries([...objects].map(([id, object]) => [id, object.spec]))).toEqual(expected),
      );
      await eventually(() => {
        for (const { kind, key, origin } of fresh.objects) expect(source.origin(kind, key)).toEqual(origin);
      });
      await source.stop();
    }),
    { numRuns: 30 },
  );
}, 120_000);
