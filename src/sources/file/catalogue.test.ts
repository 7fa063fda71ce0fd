import fc from "fast-check";
import { expect, test } from "vitest";
import type { KubeObject } from "../../api/object.ts";
import type { ObjectChange } from "../source.ts";
import { Catalogue } from "./catalogue.ts";
import { createInterpreter } from "./interpret.ts";
import { loadRecords } from "./load.ts";
import type { Reading } from "./reading.ts";
import { Slices } from "./slices.ts";
import { documents, judge, widget } from "./testing/widgets.ts";

/** Files by path; undefined for one that is gone. */
type Files = Readonly<Record<string, string | undefined>>;

const interpret = createInterpreter(judge);

/** Hands files to a catalogue and returns what changed. */
async function save(catalogue: Catalogue, files: Files): Promise<ObjectChange[]> {
  const readings = new Map<string, Reading>();
  for (const [path, text] of Object.entries(files)) {
    readings.set(path, text === undefined ? { status: "absent" } : { status: "read", text, size: text.length });
  }
  return catalogue.update(await loadRecords(readings, catalogue, interpret, new Slices()));
}

/** The changes in short: name and size. */
function brief(changes: readonly ObjectChange[]): [string, unknown][] {
  return changes.map(({ key, object }) => [key, (object?.spec as { size: number } | undefined)?.size]);
}

function metadataOf(catalogue: Catalogue, name: string): KubeObject["metadata"] | undefined {
  return [...catalogue.objects()].find(({ key }) => key === `home/${name}`)?.object?.metadata;
}

test("an object defined in two files is taken from the first path, whichever came first, and the other is warned about", async () => {
  const catalogue = new Catalogue();
  await save(catalogue, { "b.yaml": widget("x", 2) });
  expect(brief(await save(catalogue, { "a.yaml": documents(widget("w", 0), widget("x", 1)) }))).toEqual([
    ["home/w", 0],
    ["home/x", 1],
  ]);
  expect(catalogue.problems()).toMatchObject([
    {
      severity: "warning",
      code: "DuplicateObject",
      file: "b.yaml",
      line: 1,
      kind: "Widget",
      key: "home/x",
      message: expect.stringContaining("a.yaml:8"),
    },
  ]);
});

test("when the definition that counts goes, the other takes over as a change of the same object", async () => {
  const catalogue = new Catalogue();
  await save(catalogue, { "a.yaml": widget("x", 1), "b.yaml": widget("x", 2) });
  const before = metadataOf(catalogue, "x");
  expect(brief(await save(catalogue, { "a.yaml": undefined }))).toEqual([["home/x", 2]]);
  expect(metadataOf(catalogue, "x")).toEqual({ ...before, generation: 2 });
  expect(catalogue.problems()).toEqual([]);
});

test("within a file the first definition counts", async () => {
  const catalogue = new Catalogue();
  expect(brief(await save(catalogue, { "a.yaml": documents(widget("x", 1), widget("x", 2)) }))).toEqual([
    ["home/x", 1],
  ]);
  expect(catalogue.problems()).toMatchObject([{ code: "DuplicateObject", line: 8 }]);
  expect(brief(await save(catalogue, { "a.yaml": documents(widget("x", 2), widget("x", 1)) }))).toEqual([
    ["home/x", 2],
  ]);
  expect(brief(await save(catalogue, { "a.yaml": widget("x", 1) }))).toEqual([["home/x", 1]]);
});

test("a document written twice in the same words is a duplicate, too", async () => {
  const catalogue = new Catalogue();
  await save(catalogue, { "a.yaml": documents(widget("x", 1), widget("x", 1)) });
  expect(catalogue.problems()).toMatchObject([{ code: "DuplicateObject" }]);
  expect(await save(catalogue, { "a.yaml": widget("x", 1) })).toEqual([]);
  expect(catalogue.problems()).toEqual([]);
  expect(brief(await save(catalogue, { "a.yaml": "" }))).toEqual([["home/x", undefined]]);
});

test("a valid definition comes before one that is only kept", async () => {
  const catalogue = new Catalogue();
  await save(catalogue, { "a.yaml": widget("x", 1), "b.yaml": widget("x", 2) });
  expect(brief(await save(catalogue, { "a.yaml": widget("x", -1) }))).toEqual([["home/x", 2]]);
  expect(catalogue.problems()).toMatchObject([{ code: "RuleFailed", file: "a.yaml" }]);
});

test("spaces, comments and order of documents are no change", async () => {
  const catalogue = new Catalogue();
  await save(catalogue, { "a.yaml": documents(widget("x", 1), widget("y", 1)) });
  const text = documents(widget("y", 1), `# said differently\n${widget("x", 1).replace("size: 1", "size:   1")}`);
  expect(await save(catalogue, { "a.yaml": text })).toEqual([]);
  expect(catalogue.origin("Widget", "home/x")).toEqual({ file: "a.yaml", line: 9 });
});

test("generation counts changes of the specification; uid lives as long as the object", async () => {
  const catalogue = new Catalogue();
  await save(catalogue, { "a.yaml": widget("x", 1) });
  const first = metadataOf(catalogue, "x");
  expect(first).toEqual({
    name: "x",
    namespace: "home",
    generation: 1,
    uid: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  });
  await save(catalogue, { "a.yaml": widget("x", 1).replace("name: x", "name: x\n  labels: {a: b}") });
  expect(metadataOf(catalogue, "x")).toMatchObject({ generation: 1, uid: first?.uid, labels: { a: "b" } });
  await save(catalogue, { "a.yaml": widget("x", 2) });
  expect(metadataOf(catalogue, "x")).toEqual({ ...first, generation: 2 });
  await save(catalogue, { "a.yaml": "" });
  await save(catalogue, { "a.yaml": widget("x", 2) });
  expect(metadataOf(catalogue, "x")).toMatchObject({ generation: 1, uid: expect.not.stringMatching(first?.uid ?? "") });
});

test("uid, generation and creationTimestamp of a manifest are kept", async () => {
  const catalogue = new Catalogue();
  const given = "name: x\n  uid: mine\n  generation: 7\n  creationTimestamp: '2026-01-02T03:04:05Z'";
  await save(catalogue, { "a.yaml": widget("x", 1).replace("name: x", given) });
  const metadata = {
    name: "x",
    namespace: "home",
    uid: "mine",
    generation: 7,
    creationTimestamp: "2026-01-02T03:04:05Z",
  };
  expect(metadataOf(catalogue, "x")).toEqual(metadata);
  await save(catalogue, { "a.yaml": widget("x", 2).replace("name: x", given) });
  expect(metadataOf(catalogue, "x")).toEqual({ ...metadata, generation: 8 });
});

test("one changed document among many is the only one interpreted", async () => {
  const catalogue = new Catalogue();
  const texts = Array.from({ length: 200 }, (_, i) => widget(`w${i}`, i));
  await save(catalogue, { "a.yaml": documents(...texts) });
  let interpreted = 0;
  const text = documents(
    widget("new", 0),
    ...texts.slice(0, 99),
    widget("w99", 0),
    ...texts.slice(101),
    texts[100] ?? "",
  );
  const records = await loadRecords(
    new Map([["a.yaml", { status: "read", text, size: text.length }]]),
    catalogue,
    (each) => {
      interpreted++;
      return interpret(each);
    },
    new Slices(),
  );
  expect(brief(catalogue.update(records))).toEqual([
    ["home/new", 0],
    ["home/w99", 0],
  ]);
  expect(interpreted).toBe(2);
});

/** Documents, some valid, some refused, some illegible, of few names so that they meet. */
const anyDocument = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom("a", "b", "c", "d"), fc.integer({ min: 0, max: 2 }))
      .map(([name, size]) => widget(name, size)),
  },
  { weight: 1, arbitrary: fc.constantFrom("a", "b").map((name) => widget(name, -1)) },
  { weight: 1, arbitrary: fc.constantFrom("kind: [\n", "kind: Widgte\napiVersion: example.test/v1\n", "# nothing\n") },
);
const anyPath = fc.constantFrom("1.yaml", "2.yaml", "3.yaml");
const anySave = fc.dictionary(
  anyPath,
  fc.option(
    fc.array(anyDocument, { maxLength: 4 }).map((texts) => documents(...texts)),
    { nil: undefined },
  ),
);

const isSound = (text: string): boolean => !text.includes("-1") && !/\[|Widgte/.test(text);

test("whatever was saved before, sound files give the objects and problems of a fresh start", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anySave, { maxLength: 8 }), async (saves) => {
      const catalogue = new Catalogue();
      const files: Record<string, string | undefined> = {};
      const seen = new Map<string, KubeObject>();
      const take = (changes: readonly ObjectChange[]): void => {
        for (const { key, object } of changes) {
          if (object === undefined) expect(seen.delete(key)).toBe(true);
          else seen.set(key, object);
        }
      };
      for (const each of saves) {
        take(await save(catalogue, each));
        Object.assign(files, each);
      }
      const mended = Object.fromEntries(
        Object.entries(files).map(([path, text]) => [path, text !== undefined && isSound(text) ? text : undefined]),
      );
      take(await save(catalogue, mended));
      const fresh = new Catalogue();
      await save(fresh, mended);
      expect(withoutHistory(seen.values())).toEqual(
        withoutHistory([...fresh.objects()].flatMap(({ object }) => object ?? [])),
      );
      expect(catalogue.problems()).toEqual(fresh.problems());
      for (const { kind, key, origin } of fresh.objects()) expect(catalogue.origin(kind, key)).toEqual(origin);
    }),
    { numRuns: 150 },
  );
}, 30_000);

test("breaking documents takes no object away", async () => {
  const names = ["a", "b", "c", "d"];
  const broken = fc.constantFrom("refused", "illegible", "fine");
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(broken, broken, broken, broken), { minLength: 1, maxLength: 6 }),
      async (steps) => {
        const catalogue = new Catalogue();
        await save(catalogue, { "a.yaml": documents(...names.map((name) => widget(name, 0))) });
        for (const [round, step] of steps.entries()) {
          const texts = step.map((state, index) => {
            const name = names[index] ?? "";
            return state === "refused"
              ? widget(name, -1)
              : state === "illegible"
                ? `${name}: [${round}\n`
                : widget(name, round);
          });
          await save(catalogue, { "a.yaml": documents(...texts) });
          expect([...catalogue.objects()].map(({ key }) => key).sort()).toEqual(names.map((name) => `home/${name}`));
        }
      },
    ),
    { numRuns: 100 },
  );
}, 30_000);

function withoutHistory(objects: Iterable<KubeObject>): unknown[] {
  const plain = [...objects].map(({ metadata: { uid: _uid, generation: _generation, ...metadata }, ...object }) => ({
    ...object,
    metadata,
  }));
  return plain.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}
