import { expect, test } from "vitest";
import { locate, locator } from "./positions.ts";

const text = `kind: X
spec:
  rules:
  - name: a
    'quoted': 1
    on: 1
  - &r {name: b, more: {deep: 1}}
  - *r
`;

test.each([
  [["kind"], 1, 1],
  [["spec", "rules"], 3, 3],
  [["spec", "rules", 0], 4, 5],
  [["spec", "rules", 0, "quoted"], 5, 5],
  [["spec", "rules", 0, "true"], 6, 5],
  [["spec", "rules", 1, "more", "deep"], 7, 25],
])("%j is at the place of its key", (path, line, column) => {
  expect(locate(text, path)).toEqual({ line, column });
});

test("a missing field has the place of the value it is missing in", () => {
  const find = locator(text);
  expect(find(["spec", "rules", 0, "missing", "deeper"])).toEqual({ line: 4, column: 5 });
  expect(find(["nothing"])).toEqual({ line: 1, column: 1 });
});

test("a value behind an alias is where it was written", () => {
  expect(locate(text, ["spec", "rules", 2, "more"])).toEqual({ line: 7, column: 18 });
});

test("in a text that is no YAML everything is at the start", () => {
  expect(locate("a: [", ["a"])).toEqual({ line: 1, column: 1 });
});

test("places count from the document's own first line, after its marker too", () => {
  expect(locate("---\na:\n  b: 1\n", ["a", "b"])).toEqual({ line: 3, column: 3 });
});

test("every value of a document is found on the line it was written on", () => {
  // Flow style on one line each: the line of a value is the number in its name.
  const lines = Array.from({ length: 40 }, (_, i) => `line${i + 1}: {a: [x, {b: ${i}}], "c d": *anchor}`);
  const find = locator(["line0: &anchor {z: 1}", ...lines].join("\n"));
  for (let i = 1; i <= 40; i++) {
    expect(find([`line${i}`, "a", 1, "b"]).line).toBe(i + 1);
    expect(find([`line${i}`, "c d"]).line).toBe(i + 1);
    expect(find([`line${i}`, "c d", "z"]).line).toBe(1);
  }
});
