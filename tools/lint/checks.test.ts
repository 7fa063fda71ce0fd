import { expect, test } from "vitest";
import { findForbidden } from "./forbidden-text.ts";
import { layerFindings } from "./layers.ts";
import { runChecks } from "./run-checks.ts";
import { findWhitespace } from "./whitespace.ts";
import { findYamlProblems } from "./yaml-syntax.ts";

const places = (findings: readonly { readonly line?: number }[]) => findings.map(({ line }) => line);

test("trailing white space, carriage returns and tabs are found with their lines", () => {
  expect(places(findWhitespace({ path: "a.md", text: "fine\nspace \n\ttab\ncr\r\n" }))).toEqual([2, 3, 4]);
});

test("a make file is indented with tabs", () => {
  expect(findWhitespace({ path: "tools/make/a.mk", text: "all:\n\techo\n" })).toEqual([]);
});

test("a file ends with one newline", () => {
  expect(findWhitespace({ path: "a.md", text: "text" })).toHaveLength(1);
  expect(findWhitespace({ path: "a.md", text: "text\n\n" })).toHaveLength(1);
  expect(findWhitespace({ path: "a.md", text: "text\n" })).toEqual([]);
});

test("broken YAML is found with its line, in any document of a file", () => {
  expect(places(findYamlProblems({ path: "a.yaml", text: "a: 1\n---\nb: 1\nb: 2\n" }))).toEqual([4]);
  expect(findYamlProblems({ path: "a.yaml", text: "a: 1\n---\nb: 2\n" })).toEqual([]);
});

test("a file of code has at most 350 lines", () => {
  const text = (lines: number) => "x;\n".repeat(lines);
  expect(findForbidden({ path: "src/a.ts", text: text(350) })).toEqual([]);
  expect(findForbidden({ path: "src/a.ts", text: text(351) })).toHaveLength(1);
});

test("unfinished work and unchecked types are found with their lines", () => {
  const unfinished = ["TO", "DO"].join("");
  const unchecked = ["an", "y"].join("");
  expect(places(findForbidden({ path: "src/a.ts", text: `x;\n// ${unfinished}\nlet a: ${unchecked};\n` }))).toEqual([
    2, 3,
  ]);
});

test("a file that is called after nothing is found", () => {
  expect(findForbidden({ path: "src/utils.ts", text: "x;\n" })).toHaveLength(1);
  expect(findForbidden({ path: "src/routes.ts", text: "x;\n" })).toEqual([]);
});

test("an import check that read no modules is no success", () => {
  expect(layerFindings({ summary: { totalCruised: 0, violations: [] } }, 50)).toHaveLength(1);
  expect(layerFindings({ summary: { totalCruised: 60, violations: [] } }, 50)).toEqual([]);
});

test("every check runs though an earlier one fails, and each finding is shown with its place", async () => {
  let output = "";
  const counts = await runChecks(
    [
      { title: "first", run: async () => [{ file: "a.ts", line: 3, message: "wrong" }] },
      { title: "second", run: async () => [] },
    ],
    (text) => {
      output += text;
    },
  );
  expect(counts).toEqual({ passed: 1, failed: 1 });
  expect(output).toContain("a.ts:3: wrong\n");
  expect(output).toContain("lint: second … ok");
});
