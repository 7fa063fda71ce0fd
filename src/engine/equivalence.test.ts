import fc from "fast-check";
import { expect, test } from "vitest";
import { type Collection, Graph } from "./index.ts";

interface Item {
  readonly size: number;
  readonly team: string;
  readonly peers: readonly string[];
}

/** A graph in which every operator takes part, with reads by key, by index and of everything, and keys that collide. */
function build() {
  const graph = new Graph();
  const items = graph.source<Item>("items", { equal: (a, b) => JSON.stringify(a) === JSON.stringify(b) });
  const limits = graph.source<number>("limits");
  const capped = graph.derive({
    name: "capped",
    from: items,
    map: (item, _, ctx) => {
      const limit = ctx.get(limits, item.team);
      if (limit === 0) return undefined;
      return { ...item, size: Math.min(item.size, limit ?? 99) };
    },
    equal: (a, b) => JSON.stringify(a) === JSON.stringify(b),
  });
  const byPeer = graph.index({ name: "byPeer", from: capped, keys: (item) => item.peers });
  const teams = graph.group({
    name: "teams",
    from: capped,
    by: (item) => [item.team, ...item.peers],
    compare: (a, b) => b.value.size - a.value.size,
    reduce: (members, team, ctx) => `${members.map((each) => each.key + each.value.size)}|${ctx.get(limits, team)}`,
  });
  const liked = graph.derive({
    name: "liked",
    from: teams,
    // Reads a different set of things depending on what it finds.
    map: (team, key, ctx) =>
      team.length % 2 === 0 ? team : `${ctx.lookup(byPeer, key).map((each) => each.key)}:${ctx.get(capped, key)?.size}`,
  });
  const shared = graph.expand({
    name: "shared",
    from: capped,
    map: (item, key, ctx) =>
      [...item.peers, item.team].map((each) => [each, `${key} ${item.size} ${ctx.get(liked, each)}`] as const),
  });
  const sizes = graph.count({
    name: "sizes",
    from: capped,
    by: (item) => (item.size > 5 ? ["large", item.team] : item.team),
  });
  const total = graph.derive({ name: "total", from: sizes, map: (size, _, ctx) => size + ctx.all(limits).length });
  const either = graph.union({ name: "either", from: [shared, liked] });
  const collections: Collection<unknown>[] = [items, limits, capped, teams, liked, shared, sizes, total, either];
  return { graph, items, limits, collections };
}

type Built = ReturnType<typeof build>;
type Write =
  | { readonly to: "items"; readonly key: string; readonly value: Item | undefined }
  | { readonly to: "limits"; readonly key: string; readonly value: number | undefined };

const names = fc.constantFrom("a", "b", "c", "d");
const item: fc.Arbitrary<Item> = fc.record({ size: fc.nat(9), team: names, peers: fc.array(names, { maxLength: 3 }) });
const write: fc.Arbitrary<Write> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ to: fc.constant("items" as const), key: names, value: fc.option(item, { nil: undefined }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      to: fc.constant("limits" as const),
      key: names,
      value: fc.option(fc.nat(9), { nil: undefined }),
    }),
  },
);

function apply(built: Built, each: Write): void {
  if (each.to === "items")
    each.value === undefined ? built.items.delete(each.key) : built.items.set(each.key, each.value);
  else each.value === undefined ? built.limits.delete(each.key) : built.limits.set(each.key, each.value);
}

function stateOf(built: Built): unknown {
  return built.collections.map((each) => [each.name, ...each.entries()]);
}

test("any sequence of changes ends in the state of a fresh build, whatever the order its entries arrive in", () => {
  fc.assert(
    fc.property(fc.array(fc.array(write, { maxLength: 5 }), { maxLength: 12 }), fc.nat(), (transactions, seed) => {
      const changed = build();
      for (const writes of transactions) {
        for (const each of writes) apply(changed, each);
        changed.graph.commit();
      }
      const fresh = build();
      const last = new Map(transactions.flat().map((each) => [`${each.to} ${each.key}`, each]));
      const arriving = [...last.values()].map((each, at) => ({ each, place: ((at + 1) * (seed % 7919)) % 31 }));
      for (const { each } of arriving.sort((a, b) => a.place - b.place)) {
        apply(fresh, each);
        if (seed % 2 === 0) fresh.graph.commit();
      }
      fresh.graph.commit();
      expect(stateOf(changed)).toEqual(stateOf(fresh));
      // The same reads are recorded, too: nothing lost, nothing left over.
      expect(changed.graph.dump()).toEqual(fresh.graph.dump());
    }),
    { numRuns: 400 },
  );
});

test("watchers are told exactly the difference of two states, for any changes", () => {
  fc.assert(
    fc.property(fc.array(fc.array(write, { maxLength: 5 }), { maxLength: 12 }), (transactions) => {
      const built = build();
      const mirrors = built.collections.map((collection) => {
        const mirror = new Map<string, unknown>();
        built.graph.watch(collection, (changes) => {
          for (const { key, value, previous } of changes) {
            expect(mirror.get(key)).toBe(previous);
            expect(value).not.toBe(previous);
            if (value === undefined) mirror.delete(key);
            else mirror.set(key, value);
          }
        });
        return mirror;
      });
      for (const writes of transactions) {
        for (const each of writes) apply(built, each);
        built.graph.commit();
        built.collections.forEach((collection, at) => {
          expect(mirrors[at]).toEqual(new Map(collection.entries()));
        });
      }
    }),
    { numRuns: 200 },
  );
});

test("functions that threw leave no trace once their cause is gone", () => {
  const buildFragile = () => {
    const graph = new Graph();
    const numbers = graph.source<number>("numbers");
    const broken = graph.source<boolean>("broken");
    const check = (value: number): number => {
      if (value > 7) throw new Error("too large");
      return value;
    };
    const fragile = graph.derive({
      name: "fragile",
      from: numbers,
      map: (value, key, ctx) => {
        if (ctx.get(broken, key)) throw new Error("broken");
        return check(value);
      },
    });
    const parts = graph.expand({
      name: "parts",
      from: numbers,
      *map(value, key, ctx) {
        yield [key, value];
        if (ctx.get(broken, key)) throw new Error("broken");
        yield [`${check(value)}`, value];
      },
    });
    const index = graph.index({ name: "index", from: numbers, keys: (value) => [`${check(value) % 3}`] });
    const groups = graph.group({
      name: "groups",
      from: numbers,
      by: (value) => `${check(value) % 3}`,
      compare: (a, b) => check(a.value + b.value - 2) - 4,
      reduce: (members, key, ctx) => {
        if (ctx.get(broken, "d")) throw new Error("broken");
        return members.length + ctx.lookup(index, key).length;
      },
    });
    const counts = graph.count({ name: "counts", from: numbers, by: (value) => `${check(value) % 3}` });
    return {
      graph,
      numbers,
      broken,
      collections: [numbers, broken, fragile, parts, groups, counts] as Collection<unknown>[],
    };
  };
  const change = fc.record({ key: names, value: fc.option(fc.nat(9), { nil: undefined }), broken: fc.boolean() });
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 10 }), (transactions) => {
      const changed = buildFragile();
      const end = new Map<string, number>();
      const write = (key: string, value: number | undefined): void => {
        if (value === undefined) changed.numbers.delete(key);
        else changed.numbers.set(key, value);
        if (value === undefined) end.delete(key);
        else end.set(key, value);
      };
      for (const changes of transactions) {
        for (const each of changes) {
          write(each.key, each.value);
          if (each.broken) changed.broken.set(each.key, true);
          else changed.broken.delete(each.key);
        }
        changed.graph.commit();
      }
      for (const key of changed.broken.entries()) changed.broken.delete(key[0]);
      for (const [key, value] of end) if (value > 4) write(key, value - 5);
      changed.graph.commit();
      const fresh = buildFragile();
      for (const [key, value] of [...end].reverse()) fresh.numbers.set(key, value);
      fresh.graph.commit();
      expect(changed.graph.failures()).toEqual([]);
      for (const [at, collection] of changed.collections.entries())
        expect([...collection.entries()]).toEqual([...(fresh.collections[at]?.entries() ?? [])]);
      expect(changed.graph.dump()).toEqual(fresh.graph.dump());
    }),
    { numRuns: 400 },
  );
});
