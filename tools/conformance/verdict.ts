/** What a run of the suite comes to. */
import type { Counts } from "../test/report.ts";
import type { FinishedTest } from "./output.ts";

/** A run that has ended. */
export interface Run {
  readonly tests: readonly FinishedTest[];
  /** Tests that had to run. */
  readonly expected: readonly string[];
  readonly exitCode: number;
}

/** Tests that had to run and did not come to an end. */
export function missingTests({ tests, expected }: Run): string[] {
  const finished = new Set(tests.map(({ name }) => name));
  return expected.filter((name) => !finished.has(name));
}

/**
 * Counts of a run. Tests that had to run and did not end, or were skipped, are failures: the claim is not shown. So is a run that ends
 * with a failure without naming a test. As skipped count tests of features that are not claimed, those of meshes among them.
 */
export function countRun(run: Run): Counts {
  const expected = new Set(run.expected);
  const named = (result: FinishedTest["result"]): FinishedTest[] => run.tests.filter((test) => test.result === result);
  const unshown = named("skipped").filter(({ name }) => expected.has(name)).length;
  const failed = named("failed").length + missingTests(run).length + unshown;
  return {
    passed: named("passed").length,
    failed: failed === 0 && run.exitCode !== 0 ? 1 : failed,
    skipped: named("skipped").length - unshown,
  };
}
