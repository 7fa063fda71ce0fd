import { globSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { expect, test } from "vitest";
import { registry } from "../../src/features/kinds.ts";
import { admit } from "../../src/schema/admit.ts";
import { readManifests } from "../../src/sources/file/read-manifests.ts";
import { playStory } from "./story.ts";

const root = join(import.meta.dirname, "../../src/features");
const stories = globSync("**/testdata/*.yaml", { cwd: root }).filter((file) => !basename(file).startsWith("_"));

test("there are stories", () => {
  expect(stories.length).toBeGreaterThan(0);
});

test.each(stories.sort())("%s: what comes of the manifests is what the story says", async (story) => {
  const { expected, found } = await playStory(join(root, relative(".", story)));
  expect(found).toEqual(expected);
});

test.each(globSync("**/example.yaml", { cwd: root }).sort())("%s has nothing to complain about", async (example) => {
  const { objects, problems } = await readManifests({ paths: [join(root, example)], registry, admit });
  expect(problems).toEqual([]);
  expect(objects.length).toBeGreaterThan(0);
});
