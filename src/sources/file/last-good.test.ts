import { unlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventually, fill, put, temporaryDirectory, type Watched, watchPaths } from "./testing/watched-directory.ts";
import { documents, widget } from "./testing/widgets.ts";

const ILLEGIBLE = "kind: [Widget\n";

/** A watched directory with one file, and a function that replaces that file. */
async function watchedFile(
  text: string,
): Promise<Watched & { readonly path: string; readonly save: (text: string) => Promise<void> }> {
  const directory = fill(temporaryDirectory(), { "a.yaml": text, "end.yaml": widget("end", 0) });
  const watched = await watchPaths([directory]);
  const path = join(directory, "a.yaml");
  let saves = 0;
  return {
    ...watched,
    path,
    sizes: () => {
      const { end: _end, ...sizes } = watched.sizes();
      return sizes;
    },
    async save(replacement) {
      put(path, replacement);
      put(join(directory, "end.yaml"), widget("end", ++saves));
      await eventually(() => expect(watched.sizes()["end"]).toBe(saves));
    },
  };
}

test("an object that is refused stays as it was, and the rest of the file takes effect", async () => {
  const { path, save, sizes, problems } = await watchedFile(documents(widget("a", 1), widget("b", 1)));
  await save(documents(widget("a", -1), widget("b", 2), widget("c", 2)));
  expect(sizes()).toEqual({ a: 1, b: 2, c: 2 });
  expect(problems()).toMatchObject([
    {
      severity: "error",
      code: "RuleFailed",
      kind: "Widget",
      key: "home/a",
      field: "spec",
      file: path,
      line: 5,
      column: 1,
      effect: "Its last good version stays in effect.",
    },
  ]);
  await save(documents(widget("a", 3), widget("b", 2)));
  expect(sizes()).toEqual({ a: 3, b: 2 });
  expect(problems()).toEqual([]);
});

test("a document that cannot be read keeps what it defined, and the rest of the file takes effect", async () => {
  const { path, save, sizes, problems } = await watchedFile(documents(widget("a", 1), widget("b", 1)));
  await save(documents(ILLEGIBLE, widget("b", 2)));
  expect(sizes()).toEqual({ a: 1, b: 2 });
  expect(problems()).toMatchObject([
    {
      severity: "error",
      code: "YamlSyntax",
      file: path,
      line: 2,
      effect: "What this file defined before stays in effect: Widget home/a.",
    },
  ]);
  await save(documents("kind: {Widget\n", widget("b", 3)));
  expect(sizes()).toEqual({ a: 1, b: 3 });
  await save(widget("b", 3));
  expect(sizes()).toEqual({ b: 3 });
});

test("an object deleted while another document is illegible goes at once", async () => {
  const { save, sizes } = await watchedFile(documents(widget("a", 1), widget("b", 1), widget("c", 1)));
  await save(documents(ILLEGIBLE, widget("b", 1), widget("c", 1)));
  await save(documents(ILLEGIBLE, widget("b", 1)));
  expect(sizes()).toEqual({ a: 1, b: 1 });
});

test("of two documents that broke together one can be mended without the other losing its object", async () => {
  const { save, sizes } = await watchedFile(documents(widget("a", 1), widget("b", 1)));
  await save(documents(ILLEGIBLE, "kind: }\n"));
  expect(sizes()).toEqual({ a: 1, b: 1 });
  await save(documents(widget("a", 2), "kind: }\n"));
  expect(sizes()).toEqual({ a: 2, b: 1 });
  await save(documents(widget("a", 2), widget("b", 2)));
  expect(sizes()).toEqual({ a: 2, b: 2 });
});

test("a misspelt kind keeps the object that was there before", async () => {
  const { save, sizes, problems } = await watchedFile(widget("a", 1));
  await save(widget("a", 2).replace("Widget", "Wigdet"));
  expect(sizes()).toEqual({ a: 1 });
  expect(problems()).toMatchObject([
    {
      code: "UnknownKind",
      line: 2,
      message: expect.stringContaining("did you mean Widget?"),
      effect: expect.stringMatching(/^What this file defined before stays in effect: Widget .*a\.$/),
    },
  ]);
});

test("an object whose name is missing keeps the one that was there before", async () => {
  const { save, sizes, problems } = await watchedFile(widget("a", 1));
  await save(widget("a", 2).replace("name: a", "labels: {}"));
  expect(sizes()).toEqual({ a: 1 });
  expect(problems()).toMatchObject([{ code: "Required", field: "metadata.name", line: 3 }]);
});

test("an object that moves to another file in the save that breaks its old one is taken from there", async () => {
  const directory = fill(temporaryDirectory(), { "a.yaml": documents(widget("a", 1), widget("b", 1)) });
  const { sizes, problems } = await watchPaths([directory]);
  put(join(directory, "z.yaml"), widget("b", 2));
  put(join(directory, "a.yaml"), documents(widget("a", 1), ILLEGIBLE));
  await eventually(() => expect(sizes()).toEqual({ a: 1, b: 2 }));
  await eventually(() => expect(problems()).toMatchObject([{ code: "YamlSyntax" }]));
});

test("a broken document that never worked is reported and nothing else happens", async () => {
  const { sizes, problems } = await watchedFile(documents(widget("a", -1), widget("b", 1)));
  expect(sizes()).toEqual({ b: 1 });
  expect(problems()).toMatchObject([{ code: "RuleFailed", effect: "The object is not in effect." }]);
});

test("deleting a broken file deletes what it had kept", async () => {
  const { path, save, sizes } = await watchedFile(widget("a", 1));
  await save(ILLEGIBLE);
  expect(sizes()).toEqual({ a: 1 });
  unlinkSync(path);
  await eventually(() => expect(sizes()).toEqual({}));
});
