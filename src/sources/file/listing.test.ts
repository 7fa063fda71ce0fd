import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isManifestName, trace } from "./listing.ts";
import { temporaryDirectory } from "./testing/watched-directory.ts";

/** The steps of a trail that lie below a directory. */
function stepsBelow(directory: string, path: string): string[] {
  return trace(path)
    .steps.map((step) => join(step.directory, step.name))
    .filter((step) => step.startsWith(`${directory}/`))
    .map((step) => step.slice(directory.length + 1));
}

test("a trail names every entry on the way, links and what they lead to", () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "..v1"));
  writeFileSync(join(directory, "..v1", "a.yaml"), "");
  symlinkSync("..v1", join(directory, "..data"));
  symlinkSync("..data/a.yaml", join(directory, "a.yaml"));
  expect(stepsBelow(directory, join(directory, "a.yaml"))).toEqual(["a.yaml", "..data", "..v1", "..v1/a.yaml"]);
  expect(trace(join(directory, "a.yaml")).target).toBe(join(directory, "..v1", "a.yaml"));
});

test("links with .. and absolute links are followed", () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "x"));
  mkdirSync(join(directory, "y"));
  symlinkSync("../y", join(directory, "x", "up"));
  symlinkSync(join(directory, "x", "up"), join(directory, "z"));
  expect(trace(join(directory, "z")).target).toBe(join(directory, "y"));
});

test("a trail ends where nothing is", () => {
  const directory = temporaryDirectory();
  symlinkSync("gone/far", join(directory, "link"));
  expect(stepsBelow(directory, join(directory, "link", "deep"))).toEqual(["link", "gone"]);
  expect(trace(join(directory, "link")).target).toBeUndefined();
});

test("links that go round in a circle lead nowhere", () => {
  const directory = temporaryDirectory();
  symlinkSync("b", join(directory, "a"));
  symlinkSync("a", join(directory, "b"));
  expect(trace(join(directory, "a"))).toMatchObject({ target: undefined, stats: undefined });
});

test("manifests are told by their names", () => {
  const names = [
    "a.yaml",
    "a.YML",
    "a.json",
    ".a.yaml",
    "a.yaml~",
    "a.yaml.bak",
    "a.yaml___jb_tmp___",
    ".a.yaml.swp",
    "#a.yaml#",
    "4913",
    "yaml",
  ];
  expect(names.filter(isManifestName)).toEqual(["a.yaml", "a.YML", "a.json"]);
});
