/** What people read of a run. */
import type { OfficialReport, Results } from "./official-report.ts";
import type { FinishedTest } from "./output.ts";
import { missingTests, type Run } from "./verdict.ts";

const labels = { passed: "PASS", failed: "FAIL", skipped: "SKIP" } as const;

/** A line for a test that has ended, with how many have of how many; tests beyond those expected have no number. */
export function testLine({ name, result, seconds, messages }: FinishedTest, at: string): string {
  const reason = result === "skipped" ? `  ${messages.join(" ")}` : `  ${seconds.toFixed(1)} s`;
  return `${at.padStart(10)}  ${labels[result]}  ${name}${reason}`;
}

/** Everything about tests that did not pass though they had to. */
export function failureText(run: Run): string {
  const expected = new Set(run.expected);
  const failed = run.tests.filter(({ result }) => result === "failed");
  const skipped = run.tests.filter(({ name, result }) => result === "skipped" && expected.has(name));
  const missing = missingTests(run);
  return [
    ...failed.map(({ name, seconds, messages }) =>
      [`\nFAIL  ${name}  ${seconds.toFixed(1)} s`, ...messages.map(indent)].join("\n"),
    ),
    ...skipped.map(({ name, messages }) => `\nSKIP  ${name}, which had to run\n${indent(messages.join("\n"))}`),
    ...(missing.length > 0
      ? [`\nFAIL  ${missing.length} tests that did not come to an end: ${missing.join(", ")}`]
      : []),
  ].join("\n");
}

/** The report as a table in Markdown. */
export function profileTable({ profiles }: OfficialReport): string {
  return [
    "| profile | core tests passed / failed / skipped | extended tests passed / failed / skipped | extended features claimed |",
    "| --- | --- | --- | --- |",
    ...profiles.map(({ name, core, extended }) => {
      const claimed = extended?.supportedFeatures?.length ?? 0;
      const all = claimed + (extended?.unsupportedFeatures?.length ?? 0);
      return `| ${name} | ${numbers(core)} | ${extended ? numbers(extended) : "none"} | ${claimed} of ${all} |`;
    }),
  ].join("\n");
}

function numbers({ result, statistics: { Passed, Failed, Skipped } }: Results): string {
  return `${result}: ${Passed} / ${Failed} / ${Skipped}`;
}

function indent(text: string): string {
  return text.replace(/^/gm, "      ");
}
