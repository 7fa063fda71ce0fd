import { globSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { expect, test } from "vitest";
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
