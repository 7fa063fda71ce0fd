import { describe, expect, test } from "vitest";
import { type Rig, rigs } from "./behaviour-rigs.ts";
import { type Change, Graph } from "./index.ts";

/** A rig at work: applies writes to graph and model alike, and follows what a watcher is told. */
function start(rig: Rig) {
  const graph = new Graph();
  const numbers = graph.source<number>("numbers");
  const tested = rig.define(graph, numbers);
  const model = new Map<string, number>();
  const mirror = new Map<string, unknown>();
  const told: (readonly Change<unknown>[])[] = [];
  graph.watch(tested, (changes) => {
    told.push(changes);
    for (const { key, value, previous } of changes) {
      expect(mirror.get(key)).toEqual(previous);
      if (value === undefined) mirror.delete(key);
      else mirror.set(key, value);
    }
  });
  return {
    graph,
    numbers,
    tested,
    told,
    write(key: string, value: number | undefined): void {
      if (value === undefined) numbers.delete(key);
      else numbers.set(key, value);
      if (value === undefined) model.delete(key);
      else model.set(key, value);
    },
    /** Commits, and checks all ways of looking at the collection against each other and against the model. */
    commit(): void {
      const report = graph.commit();
      const expected = rig.expected(model);
      expect(report.failures).toEqual([]);
      expect(Object.fromEntries(tested.entries())).toEqual(expected);
      expect(Object.fromEntries(mirror)).toEqual(expected);
      expect(tested.size).toBe(Object.keys(expected).length);
      expect([...tested.entries()].map(([key]) => key)).toEqual(Object.keys(expected).sort());
      for (const [key, value] of Object.entries(expected)) expect(tested.get(key)).toEqual(value);
      expect(tested.get("never there")).toBeUndefined();
    },
  };
}

describe.each(rigs)("$kind", (rig) => {
  test("what it shows, what it told and what it should be agree after every commit", () => {
    const rigged = start(rig);
    const steps: Record<string, number | undefined>[] = [
      { a: 1 },
      { b: 2, c: 3, d: 4 },
      { a: 3 },
      { b: undefined },
      { a: 4, b: 1, c: 6, d: undefined },
      { a: undefined, b: undefined, c: undefined },
      { e: 5, a: 2 },
    ];
    for (const step of steps) {
      for (const [key, value] of Object.entries(step)) rigged.write(key, value);
      rigged.commit();
    }
  });

  test("a commit without writes, or with writes of what is there, tells nothing", () => {
    const rigged = start(rig);
    rigged.write("a", 3);
    rigged.write("b", 3);
    rigged.commit();
    const told = rigged.told.length;
    rigged.commit();
    rigged.write("a", 3);
    rigged.commit();
    expect(rigged.told.length).toBe(told);
  });

  test("an entry deleted and added again in one transaction is no change", () => {
    const rigged = start(rig);
    rigged.write("a", 3);
    rigged.write("b", 3);
    rigged.commit();
    const told = rigged.told.length;
    rigged.write("a", undefined);
    rigged.write("a", 3);
    rigged.commit();
    expect(rigged.told.length).toBe(told);
  });

  test("an entry added and deleted in one transaction is no change", () => {
    const rigged = start(rig);
    rigged.write("b", 3);
    rigged.commit();
    const told = rigged.told.length;
    rigged.write("a", 5);
    rigged.write("a", undefined);
    rigged.commit();
    expect(rigged.told.length).toBe(told);
  });

  test("a commit is told at once, each key once, sorted by key, and only real differences", () => {
    const rigged = start(rig);
    for (const [key, value] of Object.entries({ d: 3, b: 3, a: 5, c: 4 })) rigged.write(key, value);
    rigged.commit();
    for (const [key, value] of Object.entries({ d: 6, a: 3, c: undefined, f: 7, g: 9 })) rigged.write(key, value);
    rigged.commit();
    expect(rigged.told.length).toBe(2);
    for (const changes of rigged.told) {
      const keys = changes.map((change) => change.key);
      expect(keys).toEqual([...new Set(keys)].sort());
      for (const change of changes) expect(change.value).not.toEqual(change.previous);
    }
  });

  test("nothing is shown or told before the commit", () => {
    const rigged = start(rig);
    rigged.write("a", 3);
    expect(rigged.tested.size).toBe(0);
    expect(rigged.told).toEqual([]);
    rigged.commit();
  });

  test("a watcher that has ended hears nothing more", () => {
    const rigged = start(rig);
    let heard = 0;
    const end = rigged.graph.watch(rigged.tested, () => heard++);
    rigged.write("a", 3);
    rigged.commit();
    end();
    rigged.write("a", 5);
    rigged.commit();
    expect(heard).toBe(1);
  });

  test("it can be defined when its inputs are full already", () => {
    const graph = new Graph();
    const numbers = graph.source<number>("numbers");
    const model = new Map(Object.entries({ a: 1, b: 2, c: 3, d: 4 }));
    for (const [key, value] of model) numbers.set(key, value);
    graph.commit();
    const tested = rig.define(graph, numbers);
    graph.commit();
    expect(Object.fromEntries(tested.entries())).toEqual(rig.expected(model));
    numbers.delete("d");
    model.delete("d");
    graph.commit();
    expect(Object.fromEntries(tested.entries())).toEqual(rig.expected(model));
  });
});
