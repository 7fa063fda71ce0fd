import { expect, test } from "vitest";
import { Graph } from "./index.ts";

const shadowed = (graph: Graph, name: string) => graph.dump().find((node) => node.name === name)?.shadowed;

function expanding() {
  const graph = new Graph();
  const from = graph.source<readonly string[]>("from");
  const tested = graph.expand({
    name: "tested",
    from,
    map: (keys, input) => keys.map((key, at) => [key, `${input}${at}`] as const),
  });
  return { graph, from, tested };
}

test("of inputs that yield the same key, the one that sorts first wins, whichever came first", () => {
  const { graph, from, tested } = expanding();
  for (const input of ["c", "b", "d", "a"]) {
    from.set(input, ["x"]);
    graph.commit();
  }
  expect(tested.get("x")).toBe("a0");
  expect(shadowed(graph, "tested")).toBe(3);
});

test("when the winner goes or gives up the key, the next takes over", () => {
  const { graph, from, tested } = expanding();
  for (const input of ["a", "b", "c"]) from.set(input, ["x"]);
  graph.commit();
  from.delete("a");
  graph.commit();
  expect(tested.get("x")).toBe("b0");
  from.set("b", ["y"]);
  graph.commit();
  expect(Object.fromEntries(tested.entries())).toEqual({ x: "c0", y: "b0" });
  from.set("a", ["y", "x"]);
  graph.commit();
  expect(Object.fromEntries(tested.entries())).toEqual({ x: "a1", y: "a0" });
});

test("a change of a loser is no change", () => {
  const { graph, from } = expanding();
  from.set("a", ["x"]);
  from.set("b", ["x"]);
  graph.commit();
  from.set("b", ["x", "x"]);
  expect(graph.commit().emitted.get("tested")).toBeUndefined();
});

test("a key that passes from one input to another in one commit is one change", () => {
  const { graph, from, tested } = expanding();
  from.set("a", ["x"]);
  graph.commit();
  const told: unknown[] = [];
  graph.watch(tested, (changes) => told.push(...changes));
  from.delete("a");
  from.set("b", ["x"]);
  graph.commit();
  expect(told).toEqual([{ key: "x", value: "b0", previous: "a0" }]);
});

test("an input that yields a key twice gets the first", () => {
  const { graph, from, tested } = expanding();
  from.set("a", ["x", "y", "x"]);
  graph.commit();
  expect(Object.fromEntries(tested.entries())).toEqual({ x: "a0", y: "a1" });
  from.delete("a");
  graph.commit();
  expect(tested.size).toBe(0);
});

test("in a union the collection listed first wins, and the next takes over", () => {
  const graph = new Graph();
  const second = graph.source<string>("second");
  const first = graph.source<string>("first");
  const tested = graph.union({ name: "tested", from: [first, second] });
  second.set("x", "second");
  graph.commit();
  first.set("x", "first");
  graph.commit();
  expect(tested.get("x")).toBe("first");
  expect(shadowed(graph, "tested")).toBe(1);
  first.delete("x");
  graph.commit();
  expect(tested.get("x")).toBe("second");
  expect(shadowed(graph, "tested")).toBe(0);
});
