import { expect, test } from "vitest";
import { registry } from "../../src/features/kinds.ts";
import { indexPage, pageName, referencePage } from "./reference-page.ts";

const page = (name: string) => {
  const kind = registry.kinds.find((candidate) => candidate.kind === name);
  if (kind === undefined) throw new Error(`no kind ${name}`);
  return referencePage(kind);
};

test("the page of a kind says its version and has a row for every field, with defaults", () => {
  const text = page("HTTPRoute");
  expect(text).toMatch(/^# HTTPRoute\n/);
  expect(text).toContain("`gateway.networking.k8s.io/v1`");
  expect(text).toContain('| `spec.rules[].matches[].path.value` | `string` | `"/"` |');
  expect(text).toMatch(/\| `spec\.rules\[\]\.backendRefs\[\]\.name` \| `[^|]*` \| required \|/);
});

test("every row of a table has four cells on one line", () => {
  for (const kind of registry.kinds) {
    const rows = referencePage(kind)
      .split("\n")
      .filter((line) => line.startsWith("| "));
    for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(6);
  }
});

test("no two kinds share a page, and the index names each", () => {
  const names = registry.kinds.map(pageName);
  expect(new Set(names).size).toBe(names.length);
  const index = indexPage(registry.kinds);
  for (const name of names) expect(index).toContain(`(${name})`);
});
