import { expect, test } from "vitest";
import { yamlOf } from "../manifests.ts";
import { changesUnderLoad } from "./change-under-load.ts";

const changes = changesUnderLoad([20_001, 20_002, 20_003, 20_004]);

test("there are six kinds of change, on a hostname each", () => {
  expect(changes.map(({ name }) => name)).toEqual([
    "append-rule",
    "head-rule",
    "switch",
    "endpoints",
    "rename",
    "recreate",
  ]);
  expect(new Set(changes.map(({ hostname }) => hostname)).size).toBe(6);
});

test.each(changes)("$name changes its file in each step and never its hostname", ({ file, hostname, isAway }) => {
  for (let step = 0; step < 7; step++) {
    const [now, next] = [file(step), file(step + 1)].map((objects) => objects && yamlOf(objects));
    expect(now).not.toBe(next);
    if (now === undefined) expect(isAway).toBe(true);
    else expect(now).toContain(hostname);
  }
});

test("a rule that is put first or last leaves the one that requests match", () => {
  for (const name of ["append-rule", "head-rule"]) {
    const change = changes.find((one) => one.name === name);
    const [before = "", after = ""] = [0, 1].map((step) => yamlOf(change?.file(step) ?? []));
    expect([before.includes("/stay"), after.includes("/stay")]).toEqual([true, true]);
    expect([before.includes("/other"), after.includes("/other")]).toEqual([false, true]);
    expect(after.indexOf("/stay") < after.indexOf("/other")).toBe(name === "append-rule");
  }
});

test("no object keeps its name when a route is renamed", () => {
  const rename = changes.find(({ name }) => name === "rename");
  const names = [0, 1, 2].flatMap(
    (step) => rename?.file(step)?.map(({ kind, metadata }) => kind + metadata.name) ?? [],
  );
  expect(new Set(names).size).toBe(6);
});
