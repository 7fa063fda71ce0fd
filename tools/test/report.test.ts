import { expect, test } from "vitest";
import { countTests, summary, total, type VitestReport, withFailedSteps } from "./report.ts";

const report = (parts: Partial<VitestReport>): VitestReport => ({
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
  ...parts,
});

test("passed, failed and skipped tests are counted as vitest counts them", () => {
  const counts = countTests(report({ numPassedTests: 7, numFailedTests: 2, numPendingTests: 3, numTodoTests: 1 }), 1);
  expect(counts).toEqual({ passed: 7, failed: 2, skipped: 4 });
});

test("a file that cannot be loaded counts as one failed test", () => {
  const broken = { status: "failed", assertionResults: [] };
  expect(countTests(report({ numPassedTests: 7, testResults: [broken] }), 1).failed).toBe(1);
});

test("a file with a failed test is not counted a second time", () => {
  const file = { status: "failed", assertionResults: [{ status: "passed" }, { status: "failed" }] };
  expect(countTests(report({ numPassedTests: 1, numFailedTests: 1, testResults: [file] }), 1).failed).toBe(1);
});

test("a run that fails without naming a test is not a success", () => {
  expect(countTests(report({ numPassedTests: 7 }), 1).failed).toBe(1);
});

test("a run without any test is not a success", () => {
  expect(countTests(report({}), 0).failed).toBe(1);
});

test("a run whose tests are all skipped is no failure", () => {
  expect(countTests(report({ numPendingTests: 3 }), 0)).toEqual({ passed: 0, failed: 0, skipped: 3 });
});

test("the closing line adds up all runs", () => {
  const runs = [
    { passed: 7, failed: 0, skipped: 1 },
    { passed: 3, failed: 2, skipped: 0 },
  ];
  expect(summary(total(runs))).toBe("10 passed, 2 failed");
});

test("a step that failed without counting anything is a failure", () => {
  expect(withFailedSteps({ passed: 7, failed: 0, skipped: 0 }, 2).failed).toBe(2);
  expect(withFailedSteps({ passed: 7, failed: 3, skipped: 0 }, 1).failed).toBe(3);
});
