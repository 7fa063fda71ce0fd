/** Counts of tests, kept in files so that several runs can be added up. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Folder of the reports of the last run; not committed. */
const folder = join(import.meta.dirname, "../../.tools/reports");

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The part of vitest's JSON report that is read here. */
export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/**
 * Counts of one run of vitest. A file that fails as a whole (it cannot be loaded, a hook of it throws) counts as one failed test. So
 * does a run that ends with a failure without naming one (an error outside tests), and one that found no test at all.
 */
export function countTests(report: VitestReport, exitCode: number): Counts {
  const brokenFiles = report.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.every(({ status }) => status !== "failed"),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  const skipped = report.numPendingTests + report.numTodoTests;
  const isEmpty = report.numPassedTests + failed + skipped === 0;
  return { passed: report.numPassedTests, failed: failed === 0 && (exitCode !== 0 || isEmpty) ? 1 : failed, skipped };
}

export function total(counts: readonly Counts[]): Counts {
  return {
    passed: counts.reduce((sum, { passed }) => sum + passed, 0),
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
    skipped: counts.reduce((sum, { skipped }) => sum + skipped, 0),
  };
}

/** Counts in which there are failures where steps have failed: a step that could not begin has no tests that failed. */
export function withFailedSteps(counts: Counts, failedSteps: number): Counts {
  return { ...counts, failed: Math.max(counts.failed, failedSteps) };
}

/** The closing line of a run. */
export function summary({ passed, failed }: Counts): string {
  return `${passed} passed, ${failed} failed`;
}

/** Forgets the reports of earlier runs. */
export function clearReports(): void {
  rmSync(folder, { recursive: true, force: true });
}

export function saveReport(name: string, counts: Counts): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(counts));
}

/** All reports since they were last cleared. */
export function readReports(): Counts[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Counts);
}
