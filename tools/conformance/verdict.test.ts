import { expect, test } from "vitest";
import type { FinishedTest } from "./output.ts";
import { failureText } from "./texts.ts";
import { countRun, missingTests } from "./verdict.ts";

const ended = (name: string, result: FinishedTest["result"]): FinishedTest => ({
  name,
  result,
  seconds: 1,
  messages: [name],
});

test("tests of what is not claimed are skipped; nothing is wrong with that", () => {
  const run = { tests: [ended("A", "passed"), ended("Mesh", "skipped")], expected: ["A"], exitCode: 0 };
  expect(countRun(run)).toEqual({ passed: 1, failed: 0, skipped: 1 });
  expect(failureText(run)).toBe("");
});

test("a test of what is claimed that is skipped is a failure, and said to be one", () => {
  const run = { tests: [ended("A", "skipped")], expected: ["A"], exitCode: 0 };
  expect(countRun(run)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(failureText(run)).toContain("A, which had to run");
});

test("tests that had to run and did not come to an end are failures", () => {
  const run = { tests: [ended("A", "passed"), ended("B", "failed")], expected: ["A", "B", "C", "D"], exitCode: 2 };
  expect(missingTests(run)).toEqual(["C", "D"]);
  expect(countRun(run)).toEqual({ passed: 1, failed: 3, skipped: 0 });
  expect(failureText(run)).toContain("2 tests that did not come to an end: C, D");
});

test("a suite that fails without naming a test is one failure", () => {
  expect(countRun({ tests: [ended("A", "passed")], expected: ["A"], exitCode: 1 }).failed).toBe(1);
});
