import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ownConditionTypes } from "./own-conditions.ts";

test("every type of condition that is made somewhere is known as ours", () => {
  const root = join(import.meta.dirname, "..");
  const files = globSync(["{translate,features,xds,status}/**/*.ts"], { cwd: root }).filter(
    (file) => !file.endsWith(".test.ts"),
  );
  const made = new Set<string>();
  for (const file of files) {
    const text = readFileSync(join(root, file), "utf8");
    for (const [, type = ""] of text.matchAll(/is(?:True|False)\(\s*"([A-Z]\w+)"/g)) made.add(type);
    for (const [, type = ""] of text.matchAll(/type: "([A-Z]\w+)",\s*status/g)) made.add(type);
  }
  expect(made).toContain("Programmed");
  expect([...ownConditionTypes].sort()).toEqual([...made].sort());
});
