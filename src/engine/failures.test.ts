import { expect, test } from "vitest";
import { Graph } from "./index.ts";

const tooLarge = new Error("too large");

function check(value: number): number {
  if (value > 9) throw tooLarge;
  return value;
}

test("an entry that throws keeps its last good output, is reported, and does not stop the others", () => {
  const graph = new Graph();
  const numbers = graph.source<number>("numbers");
  const doubled = graph.derive({ name: "doubled", from: numbers, map: (value) => check(value) * 2 });
  const after = graph.derive({ name: "after", from: doubled, map: (value) => value + 1 });
  numbers.set("a", 1);
  numbers.set("b", 2);
  graph.commit();
  numbers.set("a", 10);
  numbers.set("b", 3);
  numbers.set("new", 11);
  const report = graph.commit();
  const failures = [
    { collection: "doubled", key: "a", error: tooLarge },
    { collection: "doubled", key: "new", error: tooLarge },
  ];
  expect(report.failures).toEqual(failures);
  expect(graph.failures()).toEqual(failures);
  expect([...after.entries()]).toEqual([
    ["a", 3],
    ["b", 7],
  ]);
});

test("a failure is reported by the commit in which it happens, and stands until the entry succeeds or goes", () => {
  const graph = new Graph();
  const numbers = graph.source<number>("numbers");
  const checked = graph.derive({ name: "checked", from: numbers, map: check });
  numbers.set("a", 10);
  numbers.set("b", 10);
  expect(graph.commit().failures).toHaveLength(2);
  expect(graph.commit().failures).toEqual([]);
  expect(graph.failures()).toHaveLength(2);
  numbers.set("a", 4);
  numbers.delete("b");
  expect(graph.commit().failures).toEqual([]);
  expect(graph.failures()).toEqual([]);
  expect([...checked.entries()]).toEqual([["a", 4]]);
});

test("what was read before throwing is remembered, and its change is the next try", () => {
  const graph = new Graph();
  const limits = graph.source<number>("limits");
  const numbers = graph.source<number>("numbers");
  const limited = graph.derive({
    name: "limited",
    from: numbers,
    map: (value, _, ctx) => {
      const limit = ctx.get(limits, "limit");
      if (limit === undefined) throw new Error("no limit yet");
      return Math.min(value, limit);
    },
  });
  numbers.set("a", 5);
  expect(graph.commit().failures).toHaveLength(1);
  limits.set("other", 1);
  expect(graph.commit().computed.get("limited")).toBeUndefined();
  limits.set("limit", 3);
  expect(graph.commit().failures).toEqual([]);
  expect(limited.get("a")).toBe(3);
});

test("a failing expand keeps all outputs of that input, even if it threw after the first", () => {
  const graph = new Graph();
  const numbers = graph.source<number>("numbers");
  const parts = graph.expand({
    name: "parts",
    from: numbers,
    *map(value, key) {
      yield [`${key}1`, value] as const;
      yield [`${key}2`, check(value)] as const;
    },
  });
  numbers.set("a", 1);
  graph.commit();
  numbers.set("a", 10);
  expect(graph.commit().failures).toEqual([{ collection: "parts", key: "a", error: tooLarge }]);
  expect([...parts.entries()]).toEqual([
    ["a1", 1],
    ["a2", 1],
  ]);
});

test("a failing reduce keeps its group's value; a failing group vanishes with its last member", () => {
  const graph = new Graph();
  const numbers = graph.source<number>("numbers");
  const sums = graph.group({
    name: "sums",
    from: numbers,
    by: () => "all",
    reduce: (members) => check(members.reduce((sum, each) => sum + each.value, 0)),
  });
  numbers.set("a", 4);
  graph.commit();
  numbers.set("b", 6);
  expect(graph.commit().failures).toEqual([{ collection: "sums", key: "all", error: tooLarge }]);
  expect(sums.get("all")).toBe(4);
  numbers.delete("a");
  graph.commit();
  expect(sums.get("all")).toBe(6);
  numbers.set("b", 10);
  graph.commit();
  numbers.delete("b");
  graph.commit();
  expect(sums.size).toBe(0);
  expect(graph.failures()).toEqual([]);
});

test("a comparison that throws fails its group only, and no member is lost", () => {
  const graph = new Graph();
  const numbers = graph.source<number>("numbers");
  const lists = graph.group({
    name: "lists",
    from: numbers,
    by: (_, key) => key.slice(0, 1),
    compare: (a, b) => check(a.value) - check(b.value),
    reduce: (members) => members.map((each) => each.key).join(),
  });
  for (const [key, value] of Object.entries({ a1: 2, a2: 1, b1: 2, b2: 1 })) numbers.set(key, value);
  graph.commit();
  numbers.set("a3", 10);
  numbers.set("b3", 0);
  expect(graph.commit().failures).toEqual([{ collection: "lists", key: "a", error: tooLarge }]);
  numbers.delete("a1");
  expect(graph.commit().failures).toHaveLength(1);
  expect(Object.fromEntries(lists.entries())).toEqual({ a: "a2,a1", b: "b3,b2,b1" });
  numbers.set("a3", 0);
  expect(graph.commit().failures).toEqual([]);
  expect(lists.get("a")).toBe("a3,a2");
});

test("an entry whose index keys, group or count cannot be told stays where it was, as it was", () => {
  const graph = new Graph();
  const numbers = graph.source<number>("numbers");
  const keys = (value: number) => [`${check(value)}`];
  const index = graph.index({ name: "index", from: numbers, keys });
  const groups = graph.group({ name: "groups", from: numbers, by: keys, reduce: (members) => members.length });
  const sizes = graph.count({ name: "sizes", from: numbers, by: keys });
  numbers.set("a", 1);
  graph.commit();
  numbers.set("a", 10);
  expect(graph.commit().failures.map(({ collection, key }) => `${collection} ${key}`)).toEqual([
    "index a",
    "groups a",
    "sizes a",
  ]);
  expect(index.lookup("1")).toEqual([{ key: "a", value: 1 }]);
  expect([...groups.entries()]).toEqual([["1", 1]]);
  expect([...sizes.entries()]).toEqual([["1", 1]]);
  numbers.delete("a");
  graph.commit();
  expect([index.size, groups.size, sizes.size]).toEqual([0, 0, 0]);
  expect(graph.failures()).toEqual([]);
});

test("an equality that throws counts as a difference and is reported", () => {
  const graph = new Graph();
  const equal = (): boolean => {
    throw tooLarge;
  };
  const numbers = graph.source<number>("numbers", { equal });
  numbers.set("a", 1);
  expect(graph.commit().failures).toEqual([]);
  numbers.set("a", 2);
  expect(graph.commit().failures).toEqual([{ collection: "numbers", key: "a", error: tooLarge }]);
  expect(numbers.get("a")).toBe(2);
});

test("a watcher that throws is reported and keeps nobody else from hearing", () => {
  const graph = new Graph();
  const numbers = graph.source<number>("numbers");
  let heard = 0;
  graph.watch(numbers, () => {
    throw tooLarge;
  });
  graph.watch(numbers, () => heard++);
  numbers.set("a", 1);
  expect(graph.commit().failures).toEqual([{ collection: "numbers", key: "", error: tooLarge }]);
  expect(heard).toBe(1);
  numbers.set("a", 2);
  graph.commit();
  expect(heard).toBe(2);
});
