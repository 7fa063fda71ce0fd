import { expect, test } from "vitest";
import { type Collection, type Context, Graph } from "./index.ts";

const messages = (failures: readonly { readonly error: unknown }[]): string[] =>
  failures.map(({ error }) => (error instanceof Error ? error.message : String(error)));

test("reading a collection or index that is defined later, or itself, fails with both names", () => {
  const graph = new Graph();
  const from = graph.source<string>("from");
  const later: { collection?: Collection<string>; index?: ReturnType<typeof indexOf> } = {};
  const indexOf = () => graph.index({ name: "lateIndex", from, keys: () => ["x"] });
  const early: Collection<unknown> = graph.derive({
    name: "early",
    from,
    map: (what, key, ctx) => {
      if (what === "collection" && later.collection) return ctx.get(later.collection, key);
      if (what === "all" && later.collection) return ctx.all(later.collection);
      if (what === "index" && later.index) return ctx.lookup(later.index, key);
      return ctx.get(early, key);
    },
  });
  later.collection = graph.derive({ name: "late", from, map: (value) => value });
  later.index = indexOf();
  for (const what of ["collection", "all", "index", "itself"]) from.set(what, what);
  const rule = "which is defined after it; a collection may read only those defined before it";
  expect(messages(graph.commit().failures)).toEqual([
    `early reads late, ${rule}`,
    `early reads late, ${rule}`,
    `early reads lateIndex, ${rule}`,
    `early reads early, ${rule}`,
  ]);
});

test("collections of another graph are refused, as inputs, in reads, by watch and by provenance", () => {
  const graph = new Graph();
  const foreign = new Graph().source<number>("foreign");
  expect(() => graph.derive({ name: "a", from: foreign, map: (value) => value })).toThrow(
    "foreign does not belong to this graph",
  );
  expect(() => graph.union({ name: "b", from: [foreign] })).toThrow("foreign does not belong to this graph");
  expect(() => graph.watch(foreign, () => undefined)).toThrow("foreign does not belong to this graph");
  expect(() => graph.provenance(foreign, "x")).toThrow("foreign does not belong to this graph");
  const from = graph.source<number>("from");
  graph.derive({ name: "reader", from, map: (_, key, ctx) => ctx.get(foreign, key) });
  from.set("x", 1);
  expect(messages(graph.commit().failures)).toEqual(["reader reads foreign, which does not belong to the same graph"]);
});

test("a name is given once; a refused definition does not take it", () => {
  const graph = new Graph();
  const foreign = new Graph().source<number>("foreign");
  expect(() => graph.derive({ name: "taken", from: foreign, map: (value) => value })).toThrow();
  const from = graph.source<number>("taken");
  expect(() => graph.index({ name: "taken", from, keys: () => [] })).toThrow(
    "there is a collection or index named taken already",
  );
});

test("a watcher's writes wait for the next commit", () => {
  const graph = new Graph();
  const numbers = graph.source<number>("numbers");
  const echo = graph.source<number>("echo");
  const doubled = graph.derive({ name: "doubled", from: echo, map: (value) => value * 2 });
  graph.watch(numbers, (changes) => {
    for (const { key, value } of changes) if (value !== undefined) echo.set(key, value);
  });
  numbers.set("a", 1);
  graph.commit();
  expect(doubled.get("a")).toBeUndefined();
  graph.commit();
  expect(doubled.get("a")).toBe(2);
});

test("a watcher sees the new state of all collections, those of later definition too", () => {
  const graph = new Graph();
  const numbers = graph.source<number>("numbers");
  const doubled = graph.derive({ name: "doubled", from: numbers, map: (value) => value * 2 });
  const seen: unknown[] = [];
  graph.watch(numbers, () => seen.push(doubled.get("a")));
  numbers.set("a", 1);
  graph.commit();
  numbers.set("a", 2);
  graph.commit();
  expect(seen).toEqual([2, 4]);
});

test("a watcher may end itself and others, and define and watch more", () => {
  const graph = new Graph();
  const numbers = graph.source<number>("numbers");
  const heard: string[] = [];
  const endFirst = graph.watch(numbers, () => {
    heard.push("first");
    endFirst();
    endSecond();
    const doubled = graph.derive({ name: "doubled", from: numbers, map: (value) => value * 2 });
    graph.watch(doubled, (changes) => heard.push(`doubled ${changes.map((each) => each.value)}`));
  });
  const endSecond = graph.watch(numbers, () => heard.push("second"));
  numbers.set("a", 1);
  graph.commit();
  graph.commit();
  expect(heard).toEqual(["first", "doubled 2"]);
});

test("commit() within a commit is refused and leaves the graph usable", () => {
  const graph = new Graph();
  const numbers = graph.source<number>("numbers");
  const end = graph.watch(numbers, () => graph.commit());
  numbers.set("a", 1);
  expect(messages(graph.commit().failures)).toEqual(["commit() was called while a commit runs"]);
  end();
  numbers.set("a", 2);
  expect(graph.commit().failures).toEqual([]);
  expect(numbers.get("a")).toBe(2);
});

test("a function that writes a source or defines a collection fails: functions are pure", () => {
  const graph = new Graph();
  const numbers = graph.source<number>("numbers");
  graph.derive({ name: "writes", from: numbers, map: (value, key) => numbers.set(key, value + 1) });
  graph.derive({ name: "defines", from: numbers, map: () => graph.source("more") });
  numbers.set("a", 1);
  expect(messages(graph.commit().failures)).toEqual([
    "numbers was written by a derived collection's function; those functions must be pure",
    "more cannot be defined while a commit computes",
  ]);
});

test("a context is of no use after its function has returned", () => {
  const graph = new Graph();
  const numbers = graph.source<number>("numbers");
  const kept: Context[] = [];
  graph.derive({ name: "keeps", from: numbers, map: (_, __, ctx) => kept.push(ctx) });
  numbers.set("a", 1);
  graph.commit();
  expect(() => kept[0]?.get(numbers, "a")).toThrow(
    "numbers was read through a context whose function has already returned",
  );
});

test("what a group's function was given does not change afterwards", () => {
  const graph = new Graph();
  const numbers = graph.source<number>("numbers");
  const groups = graph.group({ name: "groups", from: numbers, by: () => "all", reduce: (members) => members });
  numbers.set("b", 1);
  graph.commit();
  const before = groups.get("all");
  numbers.set("a", 2);
  graph.commit();
  expect(before).toEqual([{ key: "b", value: 1 }]);
  expect(groups.get("all")).toHaveLength(2);
});

test("an index that several keys of an entry lead to follows when they change", () => {
  const graph = new Graph();
  const words = graph.source<string>("words");
  const byLetter = graph.index({ name: "byLetter", from: words, keys: (word) => [...word] });
  const found = (letter: string) => byLetter.lookup(letter).map((each) => each.key);
  words.set("2", "abba");
  words.set("1", "bc");
  graph.commit();
  expect([found("a"), found("b"), found("c"), found("d")]).toEqual([["2"], ["1", "2"], ["1"], []]);
  words.set("2", "cd");
  graph.commit();
  expect([found("a"), found("b"), found("c"), found("d")]).toEqual([[], ["1"], ["1", "2"], ["2"]]);
  expect(byLetter.size).toBe(3);
});

test("dump shows collections in the order of evaluation with what they read", () => {
  const graph = new Graph();
  const numbers = graph.source<number>("numbers");
  const byParity = graph.index({ name: "byParity", from: numbers, keys: (value) => [`${value % 2}`] });
  const tested = graph.derive({
    name: "tested",
    from: numbers,
    map: (value, _, ctx) => ctx.lookup(byParity, `${value % 2}`).length + (ctx.get(numbers, "a") ?? 0),
  });
  graph.watch(tested, () => undefined);
  for (const [key, value] of Object.entries({ a: 1, b: 2, c: 3 })) numbers.set(key, value);
  graph.commit();
  const none = { from: [], reads: [], recordedReads: 0, readKeys: 0, records: 0, shadowed: 0, failing: 0, watchers: 0 };
  expect(graph.dump()).toEqual([
    { ...none, name: "numbers", kind: "source", size: 3, readKeys: 1 },
    { ...none, name: "byParity", kind: "index", size: 2, from: ["numbers"], readKeys: 2, records: 5 },
    {
      ...none,
      name: "tested",
      kind: "derive",
      size: 3,
      from: ["numbers"],
      reads: ["byParity", "numbers"],
      recordedReads: 6,
      records: 3,
      watchers: 1,
    },
  ]);
});

test("revisions count commits", () => {
  const graph = new Graph();
  expect([graph.commit().revision, graph.commit().revision]).toEqual([1, 2]);
});

test("a prefix keeps the keys of a derived collection apart from those of others", () => {
  const graph = new Graph();
  const numbers = graph.source<number>("numbers");
  const doubled = graph.derive({
    name: "doubled",
    from: numbers,
    prefix: "double/",
    map: (n) => (n < 0 ? undefined : 2 * n),
  });
  numbers.set("a", 1);
  numbers.set("b", -1);
  graph.commit();
  expect([...doubled.entries()]).toEqual([["double/a", 2]]);
  expect(graph.provenance(doubled, "double/a")).toEqual([{ collection: "numbers", key: "a", present: true }]);
  numbers.set("b", 3);
  numbers.delete("a");
  graph.commit();
  expect([...doubled.entries()]).toEqual([["double/b", 6]]);
});
