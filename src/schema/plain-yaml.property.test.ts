import fc from "fast-check";
import { load, YAMLException } from "js-yaml";
import { expect, test } from "vitest";
import { readPlainDocument } from "./plain-yaml.ts";
import { MANIFEST_SCHEMA } from "./yaml.ts";
import { ScalarError } from "./yaml-scalars.ts";

/** What a reader makes of a text; of a text it refuses, that it does. Order of keys counts. */
function outcome(read: () => unknown): string {
  try {
    return JSON.stringify(read());
  } catch (error) {
    if (error instanceof YAMLException || error instanceof ScalarError) return "refused";
    throw error;
  }
}

const full = (text: string): string => outcome(() => load(text, { schema: MANIFEST_SCHEMA }));

/** Fragments of lines, right and wrong ones: together they make plain documents, others, and broken ones. */
const indentation = fc.constantFrom("", "  ", "    ", " ", "      ", "\t");
const dash = fc.constantFrom("", "", "", "- ", "- ", "-", "-  ", "- - ");
const key = fc.constantFrom(
  "a: ",
  "b: ",
  "kind: ",
  "a.b/c-d: ",
  "x_1:",
  "a:",
  "b:",
  "on: ",
  "y: ",
  "null: ",
  "1: ",
  "__proto__: ",
  "constructor: ",
  "<<: ",
  "'q': ",
  "",
);
const scalar = fc.oneof(
  fc.constantFrom(
    "",
    "v",
    "yes",
    "No",
    "~",
    "null",
    "017",
    "0x1F",
    "1_000",
    "-1",
    "1e3",
    ".5",
    "99999999999999999",
    "10.0.0.1",
    "a:b",
    "a: b",
    "a:",
    "x #y",
    "x#y",
    "# c",
  ),
  fc.constantFrom(
    "'on'",
    "'it''s'",
    '"a b"',
    '"a\\n"',
    "''",
    '""',
    "[]",
    "{}",
    "[a]",
    "|",
    ">-",
    "&a",
    "*a",
    "!!str 1",
    "a b",
    "*",
    "/p",
    "v1/x",
    "...",
    "---",
    "é",
    "'é'",
    "v ",
    "a,b",
    "@",
    "%",
  ),
  fc.string({ maxLength: 6 }),
);
const line = fc.tuple(indentation, dash, key, scalar).map((parts) => parts.join(""));
const blank = fc.constantFrom("", "# a comment", "   ", "  # é", "#");
const document = fc
  .tuple(
    fc.array(fc.oneof({ weight: 6, arbitrary: line }, blank), { minLength: 1, maxLength: 8 }),
    fc.constantFrom("\n", ""),
  )
  .map(([lines, end]) => lines.join("\n") + end);

/** Nested data in the usual layout, lists indented or not; far more of it is plain than of what fragments make. */
const name = fc.constantFrom("a", "b", "c", "d", "toString", "x-y.z/w");
const leaf = fc.constantFrom("v", "8080", "true", "'x y'", '"1"', "10.0.0.1:80", "[]", "{}", "");
interface Tree {
  readonly entries: readonly (readonly [string, string | Tree | readonly (string | Tree)[]])[];
}
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    entries: fc.uniqueArray(
      fc.tuple(
        name,
        fc.oneof(
          { maxDepth: 3 },
          leaf,
          tie("tree"),
          fc.array(fc.oneof({ maxDepth: 3 }, fc.constantFrom("v", "7"), tie("tree")), { minLength: 1, maxLength: 3 }),
        ),
      ),
      { selector: ([key]) => key, minLength: 1, maxLength: 3 },
    ),
  }),
}));

function print({ entries }: Tree, indent: string, step: string): string[] {
  return entries.flatMap(([key, value]) => {
    if (typeof value === "string") return [`${indent}${key}: ${value}`];
    if (!Array.isArray(value)) return [`${indent}${key}:`, ...print(value as Tree, `${indent}  `, step)];
    const items = value as readonly (string | Tree)[];
    return [`${indent}${key}:`, ...items.flatMap((item) => printItem(item, indent + step, step))];
  });
}

function printItem(item: string | Tree, indent: string, step: string): string[] {
  if (typeof item === "string") return [`${indent}- ${item}`];
  const [first = "", ...rest] = print(item, `${indent}  `, step);
  return [`${indent}- ${first.slice(indent.length + 2)}`, ...rest];
}

test("what is taken for plain is read as the full reader reads it", () => {
  fc.assert(
    fc.property(document, (text) => {
      const plain = outcome(() => readPlainDocument(text) ?? "not plain");
      if (plain !== '"not plain"') expect([text, plain]).toEqual([text, full(text)]);
    }),
    { numRuns: 5_000 },
  );
});

test("documents in the usual layout are plain", () => {
  fc.assert(
    fc.property(tree, fc.constantFrom("", "  "), (data, step) => {
      const text = `${print(data, "", step).join("\n")}\n`;
      expect([text, outcome(() => readPlainDocument(text))]).toEqual([text, full(text)]);
    }),
    { numRuns: 500 },
  );
});

test("a document is an ordinary object, and an empty one is not plain", () => {
  expect(readPlainDocument("a:\n- b: {}\n  c: [] \n- 017\n")).toStrictEqual({ a: [{ b: {}, c: [] }, 15] });
  for (const text of ["", "# nothing\n", "{}", "v\n", "a: 1\nb", "a: |\n  b\n"])
    expect(readPlainDocument(text)).toBeUndefined();
});
