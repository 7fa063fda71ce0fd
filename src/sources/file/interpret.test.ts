import { describe, expect, test } from "vitest";
import { createInterpreter } from "./interpret.ts";
import type { Manifest } from "./manifest.ts";
import { judge, widget } from "./testing/widgets.ts";

const interpret = createInterpreter(judge);

function names(manifest: Manifest): string[] {
  return manifest.objects.map(({ id }) => id);
}

describe("objects", () => {
  test("an object without namespace gets the default one, an object of the whole cluster gets none", () => {
    expect(names(interpret(widget("a", 1)))).toEqual(["Widget home/a"]);
    expect(names(interpret(widget("a", 1).replace("name: a", "name: a\n  namespace: away")))).toEqual([
      "Widget away/a",
    ]);
    expect(names(interpret("apiVersion: example.test/v1\nkind: Place\nmetadata: {name: here}\n"))).toEqual([
      "Place here",
    ]);
  });

  test("a namespace is ignored with a warning where it means nothing", () => {
    const manifest = interpret(
      "apiVersion: example.test/v1\nkind: Place\nmetadata:\n  name: here\n  namespace: away\n",
    );
    expect(manifest.objects[0]?.object.metadata).toEqual({ name: "here" });
    expect(manifest.problems).toMatchObject([
      { severity: "warning", code: "NamespaceIgnored", line: 5, field: "metadata.namespace" },
    ]);
  });

  test("an object is kept in the form its kind is stored in", () => {
    const manifest = interpret("apiVersion: example.test/v1\nkind: Label\nmetadata: {name: a}\ntext: hello\n");
    expect(manifest.objects[0]?.object).toMatchObject({ text: "HELLO" });
  });

  test("managed fields are left out", () => {
    const manifest = interpret(widget("a", 1).replace("name: a", "name: a\n  managedFields: [{manager: kubectl}]"));
    expect(manifest.objects[0]?.object.metadata).toEqual({ name: "a", namespace: "home" });
  });

  test("the items of a list are objects of their own, in their own lines", () => {
    const item = (name: string): string =>
      `- apiVersion: example.test/v1\n  kind: Widget\n  metadata:\n    name: ${name}\n  spec:\n    size: 1\n`;
    const manifest = interpret(`apiVersion: v1\nkind: List\nitems:\n${item("a")}${item("b")}`);
    expect(manifest.objects.map(({ id, lineOffset }) => [id, lineOffset])).toEqual([
      ["Widget home/a", 3],
      ["Widget home/b", 9],
    ]);
    expect(names(interpret("apiVersion: v1\nkind: List\n"))).toEqual([]);
  });

  test("the items of a list of one kind need not repeat it", () => {
    const manifest = interpret(
      "apiVersion: example.test/v1\nkind: WidgetList\nitems: [{metadata: {name: a}, spec: {size: 1}}]\n",
    );
    expect(names(manifest)).toEqual(["Widget home/a"]);
  });

  test("one refused item leaves the others alone", () => {
    const manifest = interpret(
      "apiVersion: example.test/v1\nkind: WidgetList\nitems:\n- {metadata: {name: a}, spec: {size: -1}}\n- {metadata: {name: b}, spec: {size: 1}}\n",
    );
    expect(names(manifest)).toEqual(["Widget home/b"]);
    expect(manifest).toMatchObject({
      refused: ["Widget home/a"],
      isIllegible: false,
      problems: [{ line: 4, field: "items[0].spec", key: "home/a" }],
    });
  });

  test("comments and blank lines before the object do not count for its line", () => {
    expect(interpret(`---\n# about\n\n${widget("a", 1)}`).objects[0]?.lineOffset).toBe(3);
  });
});

describe("problems", () => {
  test("bad syntax makes the document illegible and names the place", () => {
    expect(interpret("kind: Widget\nspec: [1\n")).toMatchObject({
      isIllegible: true,
      problems: [{ severity: "error", code: "YamlSyntax", line: 3 }],
    });
  });

  test.each([
    ["just text", "NotAnObject", ""],
    ["- a\n- b", "NotAnObject", ""],
    ["kind: Widget", "Required", "apiVersion"],
    ["apiVersion: example.test/v1", "Required", "kind"],
    ["apiVersion: example.test/v1\nkind: Widget", "Required", "metadata.name"],
    ["apiVersion: example.test/v1\nkind: Widget\nmetadata: {name: 7}", "Required", "metadata.name"],
    ["apiVersion: v1\nkind: List\nitems: 7", "WrongType", "items"],
  ])("%j cannot be told to be any object", (text, code, field) => {
    const { isIllegible, problems } = interpret(text);
    expect(isIllegible).toBe(true);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ severity: "error", code, ...(field !== "" && { field }) });
  });

  test("generateName is explained", () => {
    expect(
      interpret("apiVersion: example.test/v1\nkind: Widget\nmetadata: {generateName: a-}").problems[0]?.message,
    ).toContain("API server");
  });

  test("nothing, or nothing but comments, is no problem", () => {
    for (const text of ["", "\n", "# nothing\n", "---\n", "null\n"])
      expect(interpret(text)).toMatchObject({ objects: [], isIllegible: false, problems: [] });
  });

  test("an unknown field is a warning, and the object counts", () => {
    const manifest = interpret(widget("a", 1, "  colur: red\n"));
    expect(names(manifest)).toEqual(["Widget home/a"]);
    expect(manifest.problems).toMatchObject([
      {
        severity: "warning",
        code: "UnknownField",
        kind: "Widget",
        key: "home/a",
        field: "spec.colur",
        line: 7,
        column: 3,
      },
    ]);
  });

  test("a wrong version of a known kind refuses the object, which can still be told", () => {
    const manifest = interpret(widget("a", 1).replace("test/v1", "test/v9"));
    expect(manifest).toMatchObject({
      refused: ["Widget home/a"],
      isIllegible: false,
      problems: [{ code: "UnsupportedVersion", field: "apiVersion", line: 1 }],
    });
  });

  test("a misspelt kind, or a known one in another group, is suggested and makes the document illegible", () => {
    const misspelt = interpret(widget("a", 1).replace("Widget", "Widgit"));
    expect(misspelt).toMatchObject({
      isIllegible: true,
      problems: [
        { severity: "warning", code: "UnknownKind", line: 2, message: expect.stringContaining("did you mean Widget?") },
      ],
    });
    const elsewhere = interpret(widget("a", 1).replace("example.test", "example.org"));
    expect(elsewhere).toMatchObject({
      isIllegible: true,
      problems: [{ code: "UnknownKind", line: 1, message: expect.stringContaining("apiVersion: example.test/v1?") }],
    });
  });

  test("a kind that is nothing like ours is ignored with a warning", () => {
    const manifest = interpret("apiVersion: other.test/v1\nkind: Locomotive\nmetadata: {name: a}\n");
    expect(manifest).toMatchObject({
      objects: [],
      isIllegible: false,
      problems: [{ severity: "warning", code: "UnknownKind" }],
    });
  });

  test("a kind that is left out on purpose is only mentioned", () => {
    const manifest = interpret("apiVersion: example.test/v1\nkind: Gadget\nmetadata: {name: a}\n");
    expect(manifest).toMatchObject({
      objects: [],
      isIllegible: false,
      problems: [{ severity: "info", code: "IgnoredKind", line: 2 }],
    });
  });
});
