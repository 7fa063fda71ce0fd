/** What a change of one ListenerSet or of one of its routes costs: the same, however many there are on the Gateway. */
import { expect, test } from "vitest";
import { put } from "../policies/testing/objects.ts";
import type { Translation, TranslationChanges } from "../translation.ts";
import { gateway, listenerSet, route, type TestListener, world } from "./testing/listener-sets.ts";

const few = 10;
const many = 1_000;
const routesOfSet = 4;

/** Set `i` with a listener of its own on the port that all share. */
const set = (i: number, ...more: readonly TestListener[]) =>
  listenerSet(`set${i}`, [{ name: "own", hostname: `set${i}.test` }, ...more], { age: 1 });

function filled(sets: number): Translation {
  const objects = Array.from({ length: sets }, (_, i) => [
    set(i),
    ...Array.from({ length: routesOfSet }, (__, r) => route(`r${i}-${r}`, `set${i}`)),
  ]);
  return world(gateway(), gateway("second", [{ name: "http", port: 8081 }]), ...objects.flat());
}

const worlds = [few, many].map(filled);

type Change = (translation: Translation) => void;

function workOf(change: Change): TranslationChanges[] {
  return worlds.map((translation) => {
    change(translation);
    return translation.commit();
  });
}

const ran = (changes: TranslationChanges | undefined) => Object.fromEntries(changes?.report.computed ?? []);

const labelled = { name: "eg", namespace: "default", generation: 1, labels: { a: "1" } };
const moved = listenerSet("set7", [{ name: "own", port: 8081, hostname: "set7.test" }], { parent: "second" });

const changes: readonly (readonly [what: string, change: Change])[] = [
  ["a route of a set changes", (it) => put(it, route("r3-1", "set3", { hostnames: ["set3.test"] }))],
  ["a set is added", (it) => put(it, set(5_000))],
  ["a route is added to it", (it) => put(it, route("new", "set5000"))],
  ["a set goes", (it) => it.write("ListenerSet", "default/set5000", undefined)],
  ["a set gets a listener on the same port", (it) => put(it, set(5, { name: "b", hostname: "b.test" }))],
  ["the listener gets another hostname", (it) => put(it, set(5, { name: "b", hostname: "c.test" }))],
  ["a listener is in conflict", (it) => put(it, set(5, { name: "b", hostname: "set3.test" }))],
  ["the conflict is over", (it) => put(it, set(5))],
  ["a set moves to another Gateway", (it) => put(it, moved)],
  ["a label of the Gateway changes", (it) => put(it, { ...gateway(), metadata: labelled })],
];

test.each(changes)("%s: the work does not grow with the number of sets, and no listener is told anew", (_, change) => {
  const [small, large] = workOf(change);
  expect(ran(large)).toEqual(ran(small));
  expect(Object.keys(ran(large)).length).toBeGreaterThan(0);
  for (const told of large?.xds.values() ?? []) expect(told).not.toHaveProperty("listener");
});

test("a set that is added tells Envoy its hosts and nothing else", () => {
  for (const { xds, statuses } of workOf((it) => put(it, set(6_000)))) {
    expect([...xds.values()].map((change) => Object.keys(change))).toEqual([["virtualHost"]]);
    expect(xds.get("default/eg")?.virtualHost).toHaveLength(1);
    expect(statuses.map(({ key }) => key).sort()).toEqual(["Gateway/default/eg", "ListenerSet/default/set6000"]);
  }
});

test("a thousand routes at once change their ListenerSet's status once, and their Gateway's not at all", () => {
  const translation = world(gateway(), set(0));
  put(translation, ...Array.from({ length: 1_000 }, (_, i) => route(`r${i}`, "set0")));
  const statuses = translation.commit().statuses.map(({ key }) => key);
  expect(statuses.filter((key) => !key.startsWith("HTTPRoute/"))).toEqual(["ListenerSet/default/set0"]);
  expect(translation.statuses.get("ListenerSet/default/set0")?.body.listeners?.[0]?.attachedRoutes).toBe(1_000);
});

test("a thousand routes at once change their Gateway's status once", () => {
  const translation = world(gateway());
  const parentRefs = [{ name: "eg" }];
  put(translation, ...Array.from({ length: 1_000 }, (_, i) => route(`r${i}`, "", { parentRefs })));
  const statuses = translation.commit().statuses.map(({ key }) => key);
  expect(statuses.filter((key) => !key.startsWith("HTTPRoute/"))).toEqual(["Gateway/default/eg"]);
});
