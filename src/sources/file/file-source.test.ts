import { chmodSync, linkSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { eventually, fill, put, temporaryDirectory, watchPaths } from "./testing/watched-directory.ts";
import { documents, widget } from "./testing/widgets.ts";

describe("what is read", () => {
  test("a directory gives its manifests, but neither hidden files, backups, other endings nor sub-directories", async () => {
    const directory = fill(temporaryDirectory(), {
      "a.yaml": widget("a", 1),
      "b.yml": widget("b", 2),
      "c.json": JSON.stringify({
        apiVersion: "example.test/v1",
        kind: "Widget",
        metadata: { name: "c" },
        spec: { size: 3 },
      }),
      ".d.yaml": widget("d", 4),
      "e.yaml~": widget("e", 5),
      "f.txt": widget("f", 6),
    });
    fill(join(directory, "sub.yaml"), { "g.yaml": widget("g", 7) });
    const { sizes } = await watchPaths([directory]);
    expect(sizes()).toEqual({ a: 1, b: 2, c: 3 });
  });

  test("a file that is named itself is read whatever its name", async () => {
    const directory = fill(temporaryDirectory(), { "plain.txt": widget("a", 1), "b.yaml": widget("b", 2) });
    const { sizes } = await watchPaths([join(directory, "plain.txt")]);
    expect(sizes()).toEqual({ a: 1 });
  });

  test("a path given twice in other words is read once", async () => {
    const directory = fill(temporaryDirectory(), { "a.yaml": widget("a", 1) });
    const { problems } = await watchPaths([directory, `${directory}/.`]);
    expect(problems()).toEqual([]);
  });

  test("the first batch is delivered even when there is nothing", async () => {
    const { batches } = await watchPaths([temporaryDirectory()]);
    expect(batches).toEqual([{ changes: [], problems: [] }]);
  });

  test("10,000 files are read at the start, and a change of one of them is one change", async () => {
    const directory = temporaryDirectory();
    for (let i = 0; i < 10_000; i++) writeFileSync(join(directory, `${i}.yaml`), widget(`w${i}`, i));
    const { objects, sizes, batches } = await watchPaths([directory]);
    expect(objects.size).toBe(10_000);
    put(join(directory, "77.yaml"), widget("w77", 1));
    await eventually(() => expect(sizes()["w77"]).toBe(1));
    expect(batches.slice(1).flatMap((batch) => batch.changes.map((change) => change.key))).toEqual(["home/w77"]);
  }, 60_000);
});

describe("how files are saved", () => {
  test("a file moved into place takes effect, new or over another", async () => {
    const directory = temporaryDirectory();
    const { sizes } = await watchPaths([directory]);
    put(join(directory, "a.yaml"), widget("a", 1));
    await eventually(() => expect(sizes()).toEqual({ a: 1 }));
    put(join(directory, "a.yaml"), widget("a", 2));
    await eventually(() => expect(sizes()).toEqual({ a: 2 }));
  });

  test("a file written in place takes effect", async () => {
    const directory = fill(temporaryDirectory(), { "a.yaml": widget("a", 1) });
    const { sizes, history } = await watchPaths([directory]);
    writeFileSync(join(directory, "a.yaml"), documents(widget("a", 2), widget("b", 2)));
    await eventually(() => expect(sizes()).toEqual({ a: 2, b: 2 }));
    expect(history("a")).toEqual([1, 2]);
  });

  test("half a document is never taken, though it would be valid", async () => {
    const directory = fill(temporaryDirectory(), { "a.yaml": widget("a", 1) });
    const { sizes, objects, history } = await watchPaths([directory]);
    const path = join(directory, "a.yaml");
    writeFileSync(path, widget("a", 2));
    await pause(5);
    writeFileSync(path, "  colour: red\n", { flag: "a" });
    await eventually(() => expect(sizes()).toEqual({ a: 2 }));
    expect(objects.get("Widget home/a")?.spec).toEqual({ size: 2, colour: "red" });
    expect(history("a")).toEqual([1, 2]);
  });

  test("half of a new file is never taken either", async () => {
    const directory = temporaryDirectory();
    const { sizes, objects, history } = await watchPaths([directory]);
    const path = join(directory, "a.yaml");
    writeFileSync(path, "");
    await pause(2);
    writeFileSync(path, widget("a", 1), { flag: "a" });
    await pause(5);
    writeFileSync(path, "  colour: red\n", { flag: "a" });
    await eventually(() => expect(sizes()).toEqual({ a: 1 }));
    expect(objects.get("Widget home/a")?.spec).toEqual({ size: 1, colour: "red" });
    expect(history("a")).toEqual([1]);
  });

  test("a file that is emptied and written again a moment later loses nothing", async () => {
    const directory = fill(temporaryDirectory(), { "a.yaml": widget("a", 1) });
    const { sizes, history } = await watchPaths([directory]);
    const path = join(directory, "a.yaml");
    writeFileSync(path, "");
    await pause(40);
    writeFileSync(path, widget("a", 2));
    await eventually(() => expect(sizes()).toEqual({ a: 2 }));
    expect(history("a")).toEqual([1, 2]);
  });

  test("a file that is emptied for good loses its objects", async () => {
    const directory = fill(temporaryDirectory(), { "a.yaml": widget("a", 1) });
    const { sizes } = await watchPaths([directory]);
    writeFileSync(join(directory, "a.yaml"), "");
    await eventually(() => expect(sizes()).toEqual({}));
  });

  test("an editor that sets the old file aside before it writes the new one takes nothing away", async () => {
    const directory = fill(temporaryDirectory(), { "a.yaml": widget("a", 1) });
    const { sizes, history } = await watchPaths([directory]);
    const path = join(directory, "a.yaml");
    renameSync(path, `${path}~`);
    await pause(40);
    writeFileSync(path, widget("a", 2));
    unlinkSync(`${path}~`);
    await eventually(() => expect(sizes()).toEqual({ a: 2 }));
    expect(history("a")).toEqual([1, 2]);
  });

  test("a file that version control removes before it writes the other version is never gone", async () => {
    const directory = fill(temporaryDirectory(), { "a.yaml": widget("a", 1) });
    const { sizes, history } = await watchPaths([directory], { goneRestMs: 1000 });
    unlinkSync(join(directory, "a.yaml"));
    await pause(20); // long enough for the removal to be noticed
    writeFileSync(join(directory, "a.yaml"), widget("a", 2));
    await eventually(() => expect(sizes()).toEqual({ a: 2 }));
    expect(history("a")).toEqual([1, 2]);
  });

  test("a file renamed to a name that is not read loses its objects", async () => {
    const directory = fill(temporaryDirectory(), { "a.yaml": widget("a", 1) });
    const { sizes } = await watchPaths([directory]);
    renameSync(join(directory, "a.yaml"), join(directory, "a.yaml.disabled"));
    await eventually(() => expect(sizes()).toEqual({}));
  });

  test("a removed file loses its objects, and gets them back as new ones", async () => {
    const directory = fill(temporaryDirectory(), { "a.yaml": widget("a", 1) });
    const { sizes, objects } = await watchPaths([directory]);
    const before = objects.get("Widget home/a")?.metadata.uid;
    unlinkSync(join(directory, "a.yaml"));
    await eventually(() => expect(sizes()).toEqual({}));
    writeFileSync(join(directory, "a.yaml"), widget("a", 1));
    await eventually(() => expect(sizes()).toEqual({ a: 1 }));
    expect(objects.get("Widget home/a")?.metadata.uid).not.toBe(before);
  });

  test("a renamed file changes nothing", async () => {
    const directory = fill(temporaryDirectory(), { "a.yaml": widget("a", 1) });
    const { sizes, source, batches } = await watchPaths([directory]);
    renameSync(join(directory, "a.yaml"), join(directory, "b.yaml"));
    put(join(directory, "c.yaml"), widget("c", 3));
    await eventually(() => expect(sizes()).toEqual({ a: 1, c: 3 }));
    await eventually(() => expect(source.origin("Widget", "home/a")?.file).toBe(join(directory, "b.yaml")));
    expect(batches.slice(1).flatMap((batch) => batch.changes.map((change) => change.key))).toEqual(["home/c"]);
  });

  test("documents that move to another file keep their objects", async () => {
    const directory = fill(temporaryDirectory(), {
      "a.yaml": documents(widget("a", 1), widget("b", 2)),
      "z.yaml": widget("z", 1),
    });
    const { objects, sizes, batches, source } = await watchPaths([directory]);
    const before = objects.get("Widget home/b");
    put(join(directory, "z.yaml"), documents(widget("z", 2), widget("b", 2)));
    put(join(directory, "a.yaml"), widget("a", 1));
    await eventually(() => expect(sizes()["z"]).toBe(2));
    await eventually(() => expect(source.origin("Widget", "home/b")?.file).toBe(join(directory, "z.yaml")));
    expect(objects.get("Widget home/b")).toBe(before);
    expect(batches.slice(1).flatMap((batch) => batch.changes.map((change) => change.key))).toEqual(["home/z"]);
  });

  test("a thousand files written at once all take effect", async () => {
    const directory = temporaryDirectory();
    const { objects } = await watchPaths([directory]);
    for (let i = 0; i < 1_000; i++) writeFileSync(join(directory, `${i}.yaml`), widget(`w${i}`, i));
    await eventually(() => expect(objects.size).toBe(1_000));
  }, 30_000);

  test("what the system's queue loses is found by reading everything again", async () => {
    const directory = fill(temporaryDirectory(), { "a.yaml": widget("a", 1), noise: "" });
    const { sizes } = await watchPaths([directory]);
    // Linux queues 16,384 events and drops the rest without a word; while this loop runs none is taken out.
    for (let i = 0; i < 17_000; i++) linkSync(join(directory, "noise"), join(directory, `noise-${i}`));
    put(join(directory, "a.yaml"), widget("a", 2));
    writeFileSync(join(directory, "b.yaml"), widget("b", 2));
    await eventually(() => expect(sizes()).toEqual({ a: 2, b: 2 }));
  }, 30_000);
});

describe("files that cannot be read", () => {
  test.skipIf(process.getuid?.() === 0)("a file that may not be read keeps what it defined", async () => {
    const directory = fill(temporaryDirectory(), { "a.yaml": widget("a", 1) });
    const { sizes, problems } = await watchPaths([directory]);
    chmodSync(join(directory, "a.yaml"), 0);
    await eventually(() =>
      expect(problems()).toMatchObject([{ code: "UnreadableFile", message: "cannot be read: permission denied" }]),
    );
    expect(sizes()).toEqual({ a: 1 });
    chmodSync(join(directory, "a.yaml"), 0o644);
    await eventually(() => expect(problems()).toEqual([]));
  });

  test("a file that is no text keeps what it defined", async () => {
    const directory = fill(temporaryDirectory(), { "a.yaml": widget("a", 1) });
    const { sizes, problems } = await watchPaths([directory]);
    writeFileSync(join(directory, "a.yaml"), Buffer.from([...Buffer.from("x".repeat(200)), 0xff]));
    await eventually(() =>
      expect(problems()).toMatchObject([{ code: "UnreadableFile", file: join(directory, "a.yaml") }]),
    );
    expect(sizes()).toEqual({ a: 1 });
    put(join(directory, "a.yaml"), widget("a", 2));
    await eventually(() => expect(sizes()).toEqual({ a: 2 }));
    expect(problems()).toEqual([]);
  });
});

describe("life", () => {
  test("nothing is delivered after the stop", async () => {
    const directory = temporaryDirectory();
    const { source, batches } = await watchPaths([directory]);
    put(join(directory, "a.yaml"), widget("a", 1));
    await source.stop();
    await pause(30);
    expect(batches).toHaveLength(1);
  });

  test("a source is started once", async () => {
    const { source } = await watchPaths([temporaryDirectory()]);
    await expect(source.start(() => {})).rejects.toThrow("started before");
  });

  test("an exception in whoever takes the batches is told, and the next change comes through", async () => {
    const directory = temporaryDirectory();
    const failures: unknown[] = [];
    const { sizes, batches } = await watchPaths([directory], { onFailure: (error) => failures.push(error) });
    const push = batches.push;
    batches.push = () => {
      batches.push = push;
      throw new Error("refused");
    };
    put(join(directory, "a.yaml"), widget("a", 1));
    await eventually(() => expect(failures).toHaveLength(1));
    put(join(directory, "b.yaml"), widget("b", 1));
    await eventually(() => expect(sizes()).toMatchObject({ b: 1 }));
  });
});
