import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Condition, ObjectStatus, ParentStatus } from "../translate/conditions.ts";
import { mergeConditions, type StampedCondition } from "./conditions.ts";
import { mergeStatus, type WrittenStatus, withoutOurs } from "./object-status.ts";
import { StatusStore } from "./store.ts";
import type { StatusUpdate } from "./writer.ts";

const first = new Date("2026-01-01T00:00:00.500Z");
const later = new Date("2026-01-02T00:00:00Z");
const ours = "gateway.envoyproxy.io/gatewayclass-controller";

function condition(type: string, status: Condition["status"] = "True", more: Partial<Condition> = {}): Condition {
  return { type, status, reason: "Because", message: "", observedGeneration: 1, ...more };
}

function parent(name: string, conditions: readonly Condition[], controllerName = ours): ParentStatus {
  return { parentRef: { group: "gateway.networking.k8s.io", kind: "Gateway", name }, controllerName, conditions };
}

function routeStatus(parents: readonly ParentStatus[], uid = "u1"): ObjectStatus {
  return { kind: "HTTPRoute", key: "ns/r", uid, generation: 1, body: { parents } };
}

describe("transition times of conditions", () => {
  test("are whole seconds, and stay when the same is observed again", () => {
    const before = mergeConditions(undefined, [condition("Accepted")], first);
    expect(before).toEqual([{ ...condition("Accepted"), lastTransitionTime: "2026-01-01T00:00:00Z" }]);
    expect(mergeConditions(before, [condition("Accepted")], later)).toBe(before);
  });

  test.each([{ status: "False" }, { reason: "Other" }, { message: "other" }, { observedGeneration: 2 }] as const)(
    "move when %o differs, those of the others do not",
    (difference) => {
      const before = mergeConditions(undefined, [condition("Accepted"), condition("Programmed")], first);
      const after = mergeConditions(
        before,
        [condition("Accepted", "True", difference), condition("Programmed")],
        later,
      );
      expect(after.map((c) => c.lastTransitionTime)).toEqual(["2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"]);
    },
  );

  test("go with conditions that are not computed any more", () => {
    const before = mergeConditions(undefined, [condition("Accepted"), condition("Conflicted")], first);
    expect(mergeConditions(before, [condition("Accepted")], later).map((c) => c.type)).toEqual(["Accepted"]);
  });

  test("merging what was merged changes nothing, whatever the conditions are", () => {
    const conditions = fc.uniqueArray(
      fc.record({
        type: fc.constantFrom("A", "B", "C", "D"),
        status: fc.constantFrom("True" as const, "False" as const, "Unknown" as const),
        reason: fc.constantFrom("R", "S"),
        message: fc.string(),
      }),
      { selector: (c) => c.type },
    );
    fc.assert(
      fc.property(conditions, conditions, (a, b) => {
        const before = mergeConditions(undefined, a, first);
        const after = mergeConditions(before, b, later);
        expect(mergeConditions(after, b, new Date())).toBe(after);
        expect(after.map(({ lastTransitionTime: _, ...c }) => c)).toEqual(b);
      }),
    );
  });

  test("messages longer than the API takes are cut at a character's end", () => {
    const [cut] = mergeConditions(undefined, [condition("A", "True", { message: "😀".repeat(20_000) })], first);
    expect(cut?.message.length).toBeLessThanOrEqual(32_768);
    expect(cut?.message).toMatch(/^(😀)+…$/u);
    const short = mergeConditions(undefined, [condition("A", "True", { message: "x".repeat(32_768) })], first);
    expect(short[0]?.message).toHaveLength(32_768);
  });
});

describe("entries of parents and ancestors", () => {
  const stamped = (c: Condition): StampedCondition => ({ ...c, lastTransitionTime: "2020-01-01T00:00:00Z" });
  const foreign = (name: string) => ({
    ...parent(name, [], "example.com/other"),
    conditions: [stamped(condition("Accepted"))],
  });

  test("of another controller stay as they are, first and untouched", () => {
    const previous: WrittenStatus = { parents: [foreign("x"), { ...parent("gone", []), conditions: [] }] };
    const status = mergeStatus(
      previous,
      { parents: [parent("a", [condition("Accepted")])] },
      { controllerName: ours, now: first },
    );
    expect(status.parents?.map((entry) => entry.parentRef.name)).toEqual(["x", "a"]);
    expect(status.parents?.[0]).toEqual(foreign("x"));
    expect(withoutOurs(status, ours)).toEqual({ parents: [foreign("x")] });
  });

  test("beyond the limit are cut, those with problems kept first, and the last one says so", () => {
    const parents = Array.from({ length: 40 }, (_, i) =>
      parent(`g${i}`, [condition("Accepted", i >= 35 ? "False" : "True")]),
    );
    const status = mergeStatus({ parents: [foreign("x")] }, { parents }, { controllerName: ours, now: first });
    expect(status.parents).toHaveLength(32);
    expect(status.parents?.slice(1, 7).map((entry) => entry.parentRef.name)).toEqual([
      "g35",
      "g36",
      "g37",
      "g38",
      "g39",
      "g0",
    ]);
    const aggregated = status.parents?.flatMap((entry, i) =>
      entry.conditions.some((c) => c.type === "Aggregated") ? [i] : [],
    );
    expect(aggregated).toEqual([31]);
    expect(status.parents?.[31]?.conditions.at(-1)?.message).toContain("9 of 40 parents");
  });

  test("keep their times when another entry comes or their order changes", () => {
    const a = parent("a", [condition("Accepted")]);
    const b = parent("b", [condition("Accepted")]);
    const before = mergeStatus(
      undefined,
      { ancestors: [{ ancestorRef: a.parentRef, ...a }] },
      { controllerName: ours, now: first },
    );
    const both = [b, a].map(({ parentRef, ...rest }) => ({ ancestorRef: parentRef, ...rest }));
    const after = mergeStatus(before, { ancestors: both }, { controllerName: ours, now: later });
    expect(after.ancestors?.map((entry) => entry.conditions[0]?.lastTransitionTime)).toEqual([
      "2026-01-02T00:00:00Z",
      "2026-01-01T00:00:00Z",
    ]);
  });

  test("are all there when exactly the limit", () => {
    const parents = Array.from({ length: 32 }, (_, i) => parent(`g${i}`, [condition("Accepted")]));
    const status = mergeStatus(undefined, { parents }, { controllerName: ours, now: first });
    expect(status.parents?.some((entry) => entry.conditions.some((c) => c.type === "Aggregated"))).toBe(false);
    expect(status.parents).toHaveLength(32);
  });
});

test("conditions of types that are not ours stay in lists of conditions, behind ours, for objects and listeners", () => {
  const foreign: StampedCondition = { ...condition("example.com/Checked"), lastTransitionTime: "2020-01-01T00:00:00Z" };
  const body = (status: Condition["status"]) => {
    const conditions = [condition("Accepted", status, { observedGeneration: status === "True" ? 1 : 2 })];
    return { conditions, listeners: [{ name: "http", supportedKinds: [], attachedRoutes: 0, conditions }] };
  };
  const options = { controllerName: ours, now: first };
  const written = mergeStatus(undefined, body("True"), options);
  const seeded: WrittenStatus = {
    ...written,
    conditions: [foreign, ...(written.conditions ?? [])],
    listeners: (written.listeners ?? []).map((entry) => ({ ...entry, conditions: [...entry.conditions, foreign] })),
  };
  const after = mergeStatus(seeded, body("False"), options);
  for (const conditions of [after.conditions, after.listeners?.[0]?.conditions]) {
    expect(conditions?.map(({ type, status }) => [type, status])).toEqual([
      ["Accepted", "False"],
      ["example.com/Checked", "True"],
    ]);
    expect(conditions?.[1]).toBe(foreign);
  }
  expect(mergeStatus(after, body("False"), options)).toBe(after);
  expect(withoutOurs(after, ours)).toEqual({ conditions: [foreign] });
});

test("a field that is not computed any more goes, one we know nothing of stays", () => {
  const previous = {
    addresses: [{ type: "IPAddress", value: "10.0.0.1" }],
    attachedListenerSets: 3,
    foreign: 1,
  } as WrittenStatus;
  expect(mergeStatus(previous, { conditions: [] }, { controllerName: ours, now: first })).toEqual({
    foreign: 1,
    conditions: [],
  });
});

describe("the store of statuses", () => {
  function store(initial: ConstructorParameters<typeof StatusStore>[0]["initial"] = []) {
    const updates: StatusUpdate[] = [];
    let now = first;
    const it = new StatusStore({ controllerName: ours, clock: () => now, initial });
    it.watch((update) => updates.push(update));
    return {
      it,
      updates,
      at: (time: Date) => {
        now = time;
      },
    };
  }
  const accepted = routeStatus([parent("a", [condition("Accepted")])]);

  test("tells of a status once, and again only when it differs", () => {
    const { it, updates, at } = store();
    it.apply([{ value: accepted, previous: undefined }]);
    at(later);
    it.apply([{ value: structuredClone(accepted), previous: accepted }]);
    expect(updates).toHaveLength(1);
    it.apply([{ value: routeStatus([parent("a", [condition("Accepted", "False")])]), previous: accepted }]);
    expect(updates).toHaveLength(2);
    expect(it.get("HTTPRoute", "ns/r")?.status.parents?.[0]?.conditions[0]).toMatchObject({
      status: "False",
      lastTransitionTime: "2026-01-02T00:00:00Z",
    });
  });

  test("forgets the times of an object that was made anew under the same name", () => {
    const { it, at } = store();
    it.apply([{ value: accepted, previous: undefined }]);
    at(later);
    it.apply([{ value: { ...accepted, uid: "u2" }, previous: accepted }]);
    expect(it.get("HTTPRoute", "ns/r")?.status.parents?.[0]?.conditions[0]?.lastTransitionTime).toBe(
      "2026-01-02T00:00:00Z",
    );
  });

  test("goes on with the times of an earlier run, and does not list objects that are gone", () => {
    const earlier = store();
    earlier.it.apply([{ value: accepted, previous: undefined }]);
    const { it, at } = store([...earlier.it.list(), { kind: "HTTPRoute", key: "ns/gone", status: {} }]);
    at(later);
    it.apply([{ value: accepted, previous: undefined }]);
    expect(it.list()).toEqual(earlier.it.list());
  });

  test("drops a status with its object, and its memory with it", () => {
    const { it, updates } = store();
    it.apply([{ value: accepted, previous: undefined }]);
    it.apply([{ value: undefined, previous: accepted }]);
    expect(it.size).toBe(0);
    expect(updates.at(-1)).toMatchObject({ kind: "HTTPRoute", key: "ns/r", status: undefined });
  });
});
