import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { play, type Story } from "./play.ts";

/**
 * Makes a test of every story below a folder: each YAML file but those that begin with `_`. `UPDATE_GOLDEN=1` rewrites them.
 */
export function goldenSuite<T>(directory: string, outcomeOf: (story: Story) => Promise<T>): void {
  const stories = globSync("**/*.yaml", { cwd: directory }).filter((file) => !basename(file).startsWith("_"));

  test("there are stories", () => {
    expect(stories.length).toBeGreaterThan(0);
  });

  test.each(stories.sort())("%s: what comes of the manifests is what the story says", async (story) => {
    const { expected, found } = await play(join(directory, story), outcomeOf);
    expect(found).toEqual(expected);
  });
}
