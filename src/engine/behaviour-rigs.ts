import type { Collection, Graph, Source } from "./index.ts";

/** A collection of one kind over a source of numbers and a source of offsets, and what it has to show for given numbers. */
export interface Rig {
  readonly kind: string;
  define(graph: Graph, numbers: Source<number>): Collection<unknown>;
  expected(numbers: ReadonlyMap<string, number>): Record<string, unknown>;
}

const parity = (value: number): string => (value % 2 === 0 ? "even" : "odd");
const entriesOf = (numbers: ReadonlyMap<string, number>): [string, number][] =>
  [...numbers].sort(([a], [b]) => (a < b ? -1 : 1));
const where = (numbers: ReadonlyMap<string, number>, group: string): [string, number][] =>
  entriesOf(numbers).filter(([, value]) => parity(value) === group);

function perParity(
  numbers: ReadonlyMap<string, number>,
  value: (members: [string, number][]) => unknown,
): Record<string, unknown> {
  const groups = ["even", "odd"].filter((group) => where(numbers, group).length > 0);
  return Object.fromEntries(groups.map((group) => [group, value(where(numbers, group))]));
}

/** Every kind of collection, and the ways of reading that make a difference. */
export const rigs: readonly Rig[] = [
  { kind: "source", define: (_, numbers) => numbers, expected: (numbers) => Object.fromEntries(numbers) },
  {
    kind: "derive",
    define: (graph, from) =>
      graph.derive({ name: "tested", from, map: (value) => (value > 2 ? value * 10 : undefined) }),
    expected: (numbers) =>
      Object.fromEntries(entriesOf(numbers).flatMap(([key, value]) => (value > 2 ? [[key, value * 10]] : []))),
  },
  {
    kind: "derive that reads by key",
    define: (graph, from) =>
      graph.derive({ name: "tested", from, map: (value, _, ctx) => value + (ctx.get(from, "b") ?? 1000) }),
    expected: (numbers) =>
      Object.fromEntries(entriesOf(numbers).map(([key, value]) => [key, value + (numbers.get("b") ?? 1000)])),
  },
  {
    kind: "derive that reads an index",
    define: (graph, from) => {
      const byParity = graph.index({ name: "byParity", from, keys: (value) => [parity(value)] });
      const peers = (value: number) => (value % 2 === 0 ? "odd" : "even");
      return graph.derive({
        name: "tested",
        from,
        map: (value, _, ctx) =>
          ctx
            .lookup(byParity, peers(value))
            .map((member) => member.key + member.value)
            .join(),
      });
    },
    expected: (numbers) =>
      Object.fromEntries(
        entriesOf(numbers).map(([key, value]) => [
          key,
          where(numbers, parity(value + 1))
            .map(([name, peer]) => name + peer)
            .join(),
        ]),
      ),
  },
  {
    kind: "derive that reads a whole collection",
    define: (graph, from) =>
      graph.derive({
        name: "tested",
        from,
        map: (value, _, ctx) => value + ctx.all(from).reduce((sum, member) => sum + member.value, 0),
      }),
    expected: (numbers) => {
      const sum = [...numbers.values()].reduce((a, b) => a + b, 0);
      return Object.fromEntries(entriesOf(numbers).map(([key, value]) => [key, value + sum]));
    },
  },
  {
    kind: "expand",
    define: (graph, from) =>
      graph.expand({
        name: "tested",
        from,
        *map(value, key) {
          for (let n = 0; n < value; n++) yield [`${key}/${n}`, value - n] as const;
        },
      }),
    expected: (numbers) =>
      Object.fromEntries(
        entriesOf(numbers).flatMap(([key, value]) =>
          Array.from({ length: value }, (_, n) => [`${key}/${n}`, value - n] as const),
        ),
      ),
  },
  {
    kind: "expand to keys that collide",
    define: (graph, from) => graph.expand({ name: "tested", from, map: (value, key) => [[parity(value), key]] }),
    expected: (numbers) => perParity(numbers, (members) => members[0]?.[0]),
  },
  {
    kind: "group",
    define: (graph, from) =>
      graph.group({
        name: "tested",
        from,
        by: parity,
        reduce: (members) => members.map((each) => each.key + each.value).join(),
      }),
    expected: (numbers) => perParity(numbers, (members) => members.map(([key, value]) => key + value).join()),
  },
  {
    kind: "group whose value is its members",
    define: (graph, from) => graph.group({ name: "tested", from, by: parity, reduce: (members) => members }),
    expected: (numbers) => perParity(numbers, (members) => members.map(([key, value]) => ({ key, value }))),
  },
  {
    kind: "group in an order of its own, several groups per entry",
    define: (graph, from) =>
      graph.group({
        name: "tested",
        from,
        by: (value) => ["all", parity(value), "all"],
        reduce: (members) => members.map((each) => each.key).join(),
        compare: (a, b) => b.value - a.value,
      }),
    expected: (numbers) => {
      const descending = (members: [string, number][]) =>
        members
          .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
          .map(([key]) => key)
          .join();
      return {
        ...(numbers.size > 0 ? { all: descending(entriesOf(numbers)) } : {}),
        ...perParity(numbers, descending),
      };
    },
  },
  {
    kind: "count",
    define: (graph, from) => graph.count({ name: "tested", from, by: parity }),
    expected: (numbers) => perParity(numbers, (members) => members.length),
  },
  {
    kind: "union",
    define: (graph, from) => {
      const small = graph.derive({
        name: "small",
        from,
        map: (value, key) => (value < 3 ? `small ${key}` : undefined),
      });
      const odd = graph.derive({
        name: "odd",
        from,
        map: (value, key) => (parity(value) === "odd" ? `odd ${key}` : undefined),
      });
      return graph.union({ name: "tested", from: [small, odd] });
    },
    expected: (numbers) =>
      Object.fromEntries(
        entriesOf(numbers).flatMap(([key, value]) =>
          value < 3 ? [[key, `small ${key}`]] : parity(value) === "odd" ? [[key, `odd ${key}`]] : [],
        ),
      ),
  },
  {
    kind: "union with a source",
    define: (graph, numbers) => {
      const small = graph.derive({
        name: "small",
        from: numbers,
        map: (value) => (value < 3 ? value * 100 : undefined),
      });
      return graph.union({ name: "tested", from: [small, numbers] });
    },
    expected: (numbers) =>
      Object.fromEntries(entriesOf(numbers).map(([key, value]) => [key, value < 3 ? value * 100 : value])),
  },
  {
    kind: "union of sources",
    define: (graph, numbers) => graph.union({ name: "tested", from: [graph.source<number>("empty"), numbers] }),
    expected: (numbers) => Object.fromEntries(numbers),
  },
];
