import fc from "fast-check";
import { expect, test } from "vitest";
import { type Entry, entryOf } from "./entry.ts";
import { RouteTable, tableHead } from "./route-table.ts";
import { modelHost, modelResource, readContent } from "./testing/model-resources.ts";
import { FieldReader } from "./wire.ts";

function host(name: string, salt = ""): Entry {
  return entryOf(name, modelHost("t", name, { salt }));
}

function hostsIn(
  table: RouteTable,
  overrides: ReadonlyMap<string, Entry | undefined> = new Map(),
): Record<string, string> {
  const reader = new FieldReader(table.content(overrides).join());
  const hosts: Record<string, string> = {};
  while (reader.next()) {
    if (reader.field !== 2) continue;
    const { name, salt } = readContent(reader.message());
    expect(hosts, "each host once").not.toHaveProperty(name);
    hosts[name] = salt;
  }
  return hosts;
}

const names = Array.from({ length: 400 }, (_, index) => `host-${index}`);
const change = fc.tuple(fc.constantFrom(...names), fc.option(fc.constantFrom("a", "b", "c"), { nil: undefined }));

test("after any changes the table has its hosts' newest contents and the version of a table built afresh", () => {
  fc.assert(
    fc.property(fc.array(change), fc.array(change), (changes, overridden) => {
      const table = new RouteTable();
      table.set(tableHead, entryOf(tableHead, modelResource("t")));
      const expected = new Map<string, string>();
      for (const [name, salt] of changes) {
        table.set(name, salt === undefined ? undefined : host(name, salt));
        if (salt === undefined) expected.delete(name);
        else expected.set(name, salt);
        hostsIn(table);
      }
      expect(hostsIn(table)).toEqual(Object.fromEntries(expected));
      expect(table.size).toBe(expected.size);

      const overrides = new Map(
        overridden.map(([name, salt]) => [name, salt === undefined ? undefined : host(name, salt)]),
      );
      for (const [name, salt] of overridden) {
        if (salt === undefined) expected.delete(name);
        else expected.set(name, salt);
      }
      for (const [name, entry] of overrides) if (entry === undefined) expected.delete(name);
      expect(hostsIn(table, overrides)).toEqual(Object.fromEntries(expected));

      const fresh = new RouteTable();
      for (const [name, salt] of [...expected].reverse()) fresh.set(name, host(name, salt));
      fresh.set(tableHead, entryOf(tableHead, modelResource("t")));
      expect(fresh.version(new Map())).toBe(table.version(overrides));
    }),
  );
});

test("the one host a version lacks is found by the version alone", () => {
  const table = new RouteTable();
  table.set(tableHead, entryOf(tableHead, modelResource("t")));
  for (const name of names) table.set(name, host(name));
  expect(table.lackedBy(table.version(new Map([["host-7", undefined]])))).toBe("host-7");
  expect(table.lackedBy(table.version(new Map([["host-7", host("host-7", "other")]])))).toBeUndefined();
  expect(table.lackedBy("1")).toBeUndefined();
});

test("a head and a host with the same bytes do not have the same version", () => {
  const [asHead, asHost] = [new RouteTable(), new RouteTable()];
  asHead.set(tableHead, host("x"));
  asHost.set("x", host("x"));
  expect(asHead.version(new Map())).not.toBe(asHost.version(new Map()));
});
