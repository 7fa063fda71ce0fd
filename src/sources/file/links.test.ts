import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { eventually, fill, put, temporaryDirectory, watchPaths } from "./testing/watched-directory.ts";
import { widget } from "./testing/widgets.ts";

describe("links and directories", () => {
  test("a mounted ConfigMap that is swapped takes effect in one batch", async () => {
    const directory = temporaryDirectory();
    fill(join(directory, "..v1"), { "a.yaml": widget("a", 1), "b.yaml": widget("b", 1) });
    symlinkSync("..v1", join(directory, "..data"));
    for (const name of ["a.yaml", "b.yaml"]) symlinkSync(join("..data", name), join(directory, name));
    const { sizes, batches } = await watchPaths([directory]);
    expect(sizes()).toEqual({ a: 1, b: 1 });
    for (const version of [2, 3]) {
      fill(join(directory, `..v${version}`), { "a.yaml": widget("a", version), "b.yaml": widget("b", version) });
      symlinkSync(`..v${version}`, join(directory, "..tmp"));
      renameSync(join(directory, "..tmp"), join(directory, "..data"));
      rmSync(join(directory, `..v${version - 1}`), { recursive: true });
      await eventually(() => expect(sizes()).toEqual({ a: version, b: version }));
    }
    expect(batches.slice(1).map((batch) => batch.changes.length)).toEqual([2, 2]);
  });

  test("the swap reaches a single file that is named itself", async () => {
    const directory = temporaryDirectory();
    fill(join(directory, "..v1"), { "a.yaml": widget("a", 1) });
    symlinkSync("..v1", join(directory, "..data"));
    symlinkSync("..data/a.yaml", join(directory, "a.yaml"));
    const { sizes } = await watchPaths([join(directory, "a.yaml")]);
    fill(join(directory, "..v2"), { "a.yaml": widget("a", 2) });
    symlinkSync("..v2", join(directory, "..tmp"));
    renameSync(join(directory, "..tmp"), join(directory, "..data"));
    await eventually(() => expect(sizes()).toEqual({ a: 2 }));
  });

  test("a change behind a link takes effect", async () => {
    const directory = temporaryDirectory();
    fill(join(directory, "real"), { "x.yaml": widget("x", 1) });
    fill(join(directory, "read"), {});
    symlinkSync("../real/x.yaml", join(directory, "read", "x.yaml"));
    const { sizes } = await watchPaths([join(directory, "read")]);
    put(join(directory, "real", "x.yaml"), widget("x", 2));
    await eventually(() => expect(sizes()).toEqual({ x: 2 }));
    writeFileSync(join(directory, "real", "x.yaml"), widget("x", 3));
    await eventually(() => expect(sizes()).toEqual({ x: 3 }));
  });

  test("a link that appears later is followed, and so are changes behind it", async () => {
    const directory = temporaryDirectory();
    fill(join(directory, "real"), { "x.yaml": widget("x", 1) });
    fill(join(directory, "read"), {});
    const { sizes } = await watchPaths([join(directory, "read")]);
    symlinkSync("../real/x.yaml", join(directory, "read", "x.yaml"));
    await eventually(() => expect(sizes()).toEqual({ x: 1 }));
    put(join(directory, "real", "x.yaml"), widget("x", 2));
    await eventually(() => expect(sizes()).toEqual({ x: 2 }));
  });

  test("a directory reached through a link that is pointed elsewhere is read anew", async () => {
    const directory = temporaryDirectory();
    fill(join(directory, "one"), { "a.yaml": widget("a", 1), "b.yaml": widget("b", 1) });
    fill(join(directory, "two"), { "a.yaml": widget("a", 2) });
    symlinkSync("one", join(directory, "current"));
    const { sizes } = await watchPaths([join(directory, "current")]);
    symlinkSync("two", join(directory, "next"));
    renameSync(join(directory, "next"), join(directory, "current"));
    await eventually(() => expect(sizes()).toEqual({ a: 2 }));
    put(join(directory, "two", "c.yaml"), widget("c", 3));
    await eventually(() => expect(sizes()).toEqual({ a: 2, c: 3 }));
  });

  test("a directory replaced by another takes nothing away that both have, and the new one is watched", async () => {
    const directory = temporaryDirectory();
    const path = fill(join(directory, "m"), { "a.yaml": widget("a", 1), "b.yaml": widget("b", 1) });
    fill(join(directory, "n"), { "a.yaml": widget("a", 2) });
    const { sizes, history } = await watchPaths([path]);
    renameSync(path, join(directory, "old"));
    await pause(40);
    renameSync(join(directory, "n"), path);
    await eventually(() => expect(sizes()).toEqual({ a: 2 }));
    expect(history("a")).toEqual([1, 2]);
    put(join(path, "c.yaml"), widget("c", 3));
    await eventually(() => expect(sizes()).toEqual({ a: 2, c: 3 }));
  });

  test("the same when a directory further up is replaced", async () => {
    const directory = temporaryDirectory();
    fill(join(directory, "up", "m"), { "a.yaml": widget("a", 1) });
    fill(join(directory, "other", "m"), { "a.yaml": widget("a", 2) });
    const { sizes } = await watchPaths([join(directory, "up", "m")]);
    renameSync(join(directory, "up"), join(directory, "old"));
    renameSync(join(directory, "other"), join(directory, "up"));
    await eventually(() => expect(sizes()).toEqual({ a: 2 }));
    put(join(directory, "up", "m", "a.yaml"), widget("a", 3));
    await eventually(() => expect(sizes()).toEqual({ a: 3 }));
  });

  test("a directory that is removed for good loses its objects", async () => {
    const directory = temporaryDirectory();
    const path = fill(join(directory, "m"), { "a.yaml": widget("a", 1) });
    const { sizes, problems } = await watchPaths([path]);
    renameSync(path, join(directory, "elsewhere"));
    await eventually(() => expect(sizes()).toEqual({}));
    expect(problems()).toMatchObject([{ code: "PathNotFound", file: path }]);
  });

  test("a path that is missing at the start is warned about and read when it appears", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "deep", "down");
    const { sizes, problems } = await watchPaths([path]);
    expect(problems()).toMatchObject([{ severity: "warning", code: "PathNotFound", file: path }]);
    mkdirSync(join(directory, "deep"));
    await pause(5);
    fill(path, { "a.yaml": widget("a", 1) });
    await eventually(() => expect(sizes()).toEqual({ a: 1 }));
    expect(problems()).toEqual([]);
  });

  test("a link to a file of the same directory that is not read by itself is followed, even before that is there", async () => {
    const directory = temporaryDirectory();
    symlinkSync("x.txt", join(directory, "x.yaml"));
    const { sizes } = await watchPaths([directory]);
    writeFileSync(join(directory, "x.txt"), widget("x", 1));
    await eventually(() => expect(sizes()).toEqual({ x: 1 }));
    writeFileSync(join(directory, "x.txt"), widget("x", 2));
    await eventually(() => expect(sizes()).toEqual({ x: 2 }));
  });

  test("a file that is named itself may turn into a link", async () => {
    const directory = fill(temporaryDirectory(), { "a.yaml": widget("a", 1), "b.txt": widget("a", 2) });
    const { sizes } = await watchPaths([join(directory, "a.yaml")]);
    symlinkSync("b.txt", join(directory, "next"));
    renameSync(join(directory, "next"), join(directory, "a.yaml"));
    await eventually(() => expect(sizes()).toEqual({ a: 2 }));
    put(join(directory, "b.txt"), widget("a", 3));
    await eventually(() => expect(sizes()).toEqual({ a: 3 }));
  });
});
