import { expect, test } from "vitest";
import { parseDocument, splitDocuments } from "./yaml.ts";

function read(text: string): unknown {
  const parsed = parseDocument(text);
  if (!parsed.isOk) throw new Error(parsed.message);
  return parsed.value;
}

test.each([
  ["on", true],
  ["y", true],
  ["Yes", true],
  ["OFF", false],
  ["n", false],
  ["True", true],
  ["tRue", "tRue"],
  ["yEs", "yEs"],
  ["017", 15],
  ["0o17", 15],
  ["09", 9],
  ["0x1F", 31],
  ["0b11", 3],
  ["1_000", 1000],
  ["+1", 1],
  ["-017", -15],
  ["_1", "_1"],
  ["1:20", "1:20"],
  ["1.50", 1.5],
  [".5", 0.5],
  ["1e3", 1000],
  ["80.0", 80],
  ["1.2.3", "1.2.3"],
  [".", "."],
  ["~", null],
  ["Null", null],
  ["", null],
  ["2020-01-01", "2020-01-01"],
  ["2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z"],
  ["'on'", "on"],
  ["!!str 1", "1"],
  ["!!int '7'", 7],
  ["!!binary aGVsbG8=", "hello"],
])("%s is read as kubectl reads it", (text, expected) => {
  expect(read(`a: ${text}\n`)).toEqual({ a: expected });
});

test("keys that are no texts become texts, as in JSON", () => {
  expect(read("on: 1\n2: b\n1.5: c\n")).toEqual({ true: 1, 2: "b", "1.5": "c" });
});

test("merge keys merge, and what is written there wins", () => {
  expect(read("base: &b {p: 1, q: 2}\nmore:\n  <<: *b\n  q: 3\n")).toEqual({
    base: { p: 1, q: 2 },
    more: { p: 1, q: 3 },
  });
});

test.each([
  ["a: 1\nb: 2\na: 3\n", 3, 1, "duplicated mapping key"],
  ["a: 1\nb: [1\n", 3, 1, "indentation"],
  ["a: [1\nb: 2\n", 2, 1, "(is a [, { or quote above not closed"],
  ["a: *x\n", 1, 5, "alias"],
  ["a: ok\nbig: 12345678901234567890\n", 2, 6, "too many digits"],
  ["a: .inf\n", 1, 4, "JSON"],
  ["a: !foo b\n", 1, 4, "tag"],
])("%j is told with its place", (text, line, column, words) => {
  const parsed = parseDocument(text);
  expect(parsed).toMatchObject({ isOk: false, line, column });
  expect(parsed.isOk ? "" : parsed.message).toContain(words);
});

test("JSON is YAML, tabs included", () => {
  expect(read('{\n\t"a": [1, {"b": null}],\n\t"c": "\\u00e9\\/"\n}\n')).toEqual({ a: [1, { b: null }], c: "é/" });
});

test("a file is split where a line starts with ---, and documents know their first line", () => {
  const file = "# head\n---\na: 1\n--- # next\nb: |\n  ---\n  text\n...\n%YAML 1.1\n---\nc: 1\n---x\n";
  expect(splitDocuments(file)).toEqual([
    { text: "# head\n---\na: 1\n", firstLine: 1 },
    { text: "--- # next\nb: |\n  ---\n  text\n", firstLine: 4 },
    { text: "%YAML 1.1\n---\nc: 1\n---x\n", firstLine: 9 },
  ]);
});

test("documents without content are left out", () => {
  expect(splitDocuments("")).toEqual([]);
  expect(splitDocuments("---\n---\n# only a comment\n---\n\n...\n")).toEqual([]);
});

test("line ends of other systems and a byte order mark do no harm", () => {
  const documents = splitDocuments("\uFEFFa: 1\r\n---\r\nb: 2\r\n");
  expect(documents.map(({ firstLine }) => firstLine)).toEqual([1, 2]);
  expect(documents.map(({ text }) => read(text))).toEqual([{ a: 1 }, { b: 2 }]);
});

test("a document may begin on the line of its marker", () => {
  expect(splitDocuments("--- {a: 1}\n--- text\n").map(({ text }) => read(text))).toEqual([{ a: 1 }, "text"]);
});

test("aliases that multiply, or contain themselves, are refused", () => {
  const lines = ["a: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 12; i++)
    lines.push(`b${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(", ")}]`);
  expect(parseDocument(lines.join("\n"))).toMatchObject({
    isOk: false,
    message: "aliases expand to too many values",
    line: 2,
  });
  expect(parseDocument("a: &a\n  b: *a\n")).toMatchObject({ isOk: false, line: 2 });
});
