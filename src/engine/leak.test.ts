import fc from "fast-check";
import { expect, test } from "vitest";
import { Graph } from "./index.ts";
import { type Reader, ReadPoints, type Traceable } from "./reads.ts";

test("when all entries go, nothing of them stays: no value, group, read or reader", () => {
  const graph = new Graph();
  const settings = graph.source<number>("settings");
  const numbers = graph.source<number>("numbers");
  const index = graph.index({ name: "index", from: numbers, keys: (value) => [`${value % 7}`, `${value % 5}`] });
  const read = graph.derive({
    name: "read",
    from: numbers,
    map: (value, key, ctx) => {
      if (ctx.get(settings, "strict") && value % 11 === 0) throw new Error("refused");
      return [
        ctx.get(settings, `absent ${key}`),
        ctx.get(settings, `${value % 3}`),
        ctx.lookup(index, `${value % 9}`),
        ctx.all(settings).length,
      ];
    },
  });
  const parts = graph.expand<unknown, unknown>({
    name: "parts",
    from: read,
    map: (_, key, ctx) => [
      [key.slice(-1), ctx.get(read, key)],
      [key, key],
    ],
  });
  graph.group({
    name: "groups",
    from: parts,
    by: (_, key) => [key.slice(-1), "all"],
    reduce: (members, key, ctx) => [members.length, ctx.get(read, key)],
  });
  graph.count({ name: "counts", from: parts, by: (_, key) => key.slice(-1) });
  graph.union({ name: "union", from: [parts, read] });
  graph.watch(parts, () => undefined)();
  const empty = graph.dump();

  for (let n = 0; n < 300; n++) numbers.set(`key${n}`, n);
  for (let n = 0; n < 3; n++) settings.set(`${n}`, n);
  graph.commit();
  settings.set("strict", 1);
  for (let n = 0; n < 300; n += 2) numbers.set(`key${n}`, n + 1);
  expect(graph.commit().failures.length).toBeGreaterThan(0);
  expect(graph.dump().every((node) => node.size > 0)).toBe(true);

  for (let n = 0; n < 300; n++) numbers.delete(`key${n}`);
  for (const [key] of settings.entries()) settings.delete(key);
  graph.commit();
  expect(graph.dump()).toEqual(empty);
});

test("an entry that no longer reads anything leaves no read behind", () => {
  const graph = new Graph();
  const settings = graph.source<number>("settings");
  const from = graph.source<boolean>("from");
  graph.derive({
    name: "tested",
    from,
    map: (reads, key, ctx) => (reads ? (ctx.get(settings, key) ?? 0) + ctx.all(settings).length : 0),
  });
  const reads = () => graph.dump().map((node) => [node.readKeys, node.recordedReads]);
  from.set("a", true);
  graph.commit();
  expect(reads()).toEqual([
    [2, 0],
    [0, 0],
    [0, 2],
  ]);
  from.set("a", false);
  graph.commit();
  expect(reads()).toEqual([
    [0, 0],
    [0, 0],
    [0, 0],
  ]);
});

test("a key of 10,000 readers loses them one by one and tells those that are left", () => {
  const graph = new Graph();
  const settings = graph.source<number>("settings");
  const from = graph.source<number>("from");
  const tested = graph.derive({
    name: "tested",
    from,
    map: (value, _, ctx) => value + (ctx.get(settings, "popular") ?? 0),
  });
  for (let n = 0; n < 10_000; n++) from.set(`${n}`, n);
  graph.commit();
  for (let n = 3; n < 10_000; n++) from.delete(`${n}`);
  settings.set("popular", 1);
  expect(graph.commit().computed.get("tested")).toBe(3);
  expect([...tested.entries()].map(([, value]) => value)).toEqual([1, 2, 3]);
});

test("readers of a point are a set, however many come and go", () => {
  const node: Traceable = { name: "node", isSource: true, has: () => false, originsOf: () => [], allKeys: () => [] };
  const step = fc.record({ reader: fc.nat(24), isAdded: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const points = new ReadPoints(node);
      const dirty = new Set<string>();
      const readers: Reader[] = Array.from({ length: 25 }, (_, n) => ({ dirty, key: `${n}`, reads: [] }));
      const model = new Set<string>();
      for (const { reader: at, isAdded } of steps) {
        const reader = readers[at];
        if (!reader) continue;
        if (isAdded) {
          points.at("key").add(reader);
          model.add(reader.key);
        } else if (model.delete(reader.key)) points.at("key").remove(reader);
        dirty.clear();
        points.notify("key");
        expect([...dirty].sort()).toEqual([...model].sort());
        expect(points.size).toBe(model.size > 0 ? 1 : 0);
      }
    }),
  );
});
