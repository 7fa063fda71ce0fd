import fc from "fast-check";
import { expect, test } from "vitest";
import type { FleetChange } from "../translate/resources.ts";
import { removalsOf } from "./removals.ts";

const bytes = new Uint8Array();
const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"));
const content = fc.record({ cluster: names, listener: names, hosts: names }).map(
  ({ cluster, listener, hosts }): FleetChange => ({
    cluster: cluster.map((name) => ({ name, value: { name, bytes } })),
    listener: listener.map((name) => ({ name, value: { name, bytes } })),
    virtualHost: hosts.map((name) => ({
      table: `t-${name}`,
      name: "host",
      value: { name: "host", table: `t-${name}`, bytes },
    })),
  }),
);

/** What is there after a change. */
function applied(former: FleetChange, change: FleetChange): Set<string> {
  const there = new Set<string>();
  for (const { cluster = [], listener = [], virtualHost = [] } of [former, change]) {
    for (const [type, changes] of Object.entries({ cluster, listener })) {
      for (const { name, value } of changes) there[value ? "add" : "delete"](`${type} ${name}`);
    }
    for (const { table, name, value } of virtualHost) there[value ? "add" : "delete"](`${table} ${name}`);
  }
  return there;
}

test("a completed change leaves exactly the new content, whatever there was", () => {
  fc.assert(
    fc.property(content, content, (former, next) => {
      expect(applied(former, removalsOf(former, next))).toEqual(applied({}, next));
    }),
  );
});

test("without former content nothing is removed", () => {
  const next: FleetChange = { cluster: [{ name: "a", value: { name: "a", bytes } }] };
  expect(removalsOf(undefined, next)).toBe(next);
});
