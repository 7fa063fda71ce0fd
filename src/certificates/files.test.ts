import { lstat, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readFilesTogether, writeFilesTogether } from "./files.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "eg-files-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

describe("files that change together", () => {
  test("are read as one version while they are being replaced", async () => {
    const directory = join(home, "set");
    const write = (version: number) => writeFilesTogether(directory, { a: `${version}`, b: `${version}` });
    await write(0);
    let isDone = false;
    const writing = (async () => {
      for (let i = 1; i <= 30; i += 1) await write(i);
      isDone = true;
    })();
    let reads = 0;
    while (!isDone) {
      const { a, b } = await readFilesTogether(directory, ["a", "b"]);
      expect(String(a)).toBe(String(b));
      reads += 1;
    }
    await writing;
    expect(reads).toBeGreaterThan(0);
    expect((await readdir(directory)).filter((name) => name.startsWith("..version-"))).toHaveLength(1);
  });

  test("take the place of plain files, and keep the ones they do not replace", async () => {
    const directory = join(home, "set");
    await mkdir(directory);
    await writeFile(join(directory, "a"), "plain");
    await writeFile(join(directory, "b"), "plain");
    await writeFilesTogether(directory, { a: "new" });
    expect((await lstat(join(directory, "a"))).isSymbolicLink()).toBe(true);
    const { a, b, c } = await readFilesTogether(directory, ["a", "b", "c"]);
    expect([String(a), String(b), c]).toEqual(["new", "plain", undefined]);
  });
});
