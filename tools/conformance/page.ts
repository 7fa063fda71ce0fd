/** The part of docs/conformance/README.md that follows from the reports. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type OfficialReport, readReports, reportsFolder } from "./official-report.ts";
import { profileTable } from "./texts.ts";
import { reasons } from "./unclaimed-features.ts";

const page = join(reportsFolder, "README.md");
const marks = { begin: "<!-- written by make run-conformance -->", end: "<!-- until here -->" } as const;

/** Puts the reports' tables into the page. */
export function updatePage(): void {
  writeFileSync(page, withReports(readFileSync(page, "utf8"), readReports()));
}

/** The page with the tables of these reports, by file name, between its marks. */
export function withReports(text: string, reports: ReadonlyMap<string, OfficialReport>): string {
  const begin = text.indexOf(marks.begin);
  const end = text.indexOf(marks.end);
  if (begin < 0 || end < begin) throw new Error(`${page} lacks the lines ${marks.begin} and ${marks.end}`);
  const sections = [...reports].map(([file, report]) => section(file, report));
  const unclaimed = unclaimedTable([...reports.values()]);
  return `${text.slice(0, begin)}${[marks.begin, ...sections, unclaimed].filter((part) => part !== "").join("\n\n")}\n\n${text.slice(end)}`;
}

/** Features of any profile that a report does not claim, sorted. */
export function unclaimedFeatures(reports: readonly OfficialReport[]): string[] {
  const names = reports.flatMap(({ profiles }) =>
    profiles.flatMap(({ extended }) => extended?.unsupportedFeatures ?? []),
  );
  return [...new Set(names)].sort();
}

function section(file: string, report: OfficialReport): string {
  const provisional = report.succeededProvisionalTests ?? [];
  return [
    `### [${file}](${file})`,
    `Gateway API ${report.gatewayAPIVersion}, ${report.gatewayAPIChannel} channel; Envoy Gateway ${report.implementation.version}; ${report.date.slice(0, 10)}.`,
    profileTable(report),
    provisional.length > 0 ? `Provisional tests passed: ${provisional.map((name) => `\`${name}\``).join(", ")}.` : "",
    failedTests(report),
  ]
    .filter((text) => text !== "")
    .join("\n\n");
}

function failedTests({ profiles }: OfficialReport): string {
  const results = profiles.flatMap(({ core, extended }) => [core, ...(extended ? [extended] : [])]);
  const names = new Set(
    results.flatMap(({ failedTests, skippedTests }) => [...(failedTests ?? []), ...(skippedTests ?? [])]),
  );
  return names.size === 0
    ? ""
    : `Failed or skipped: ${[...names]
        .sort()
        .map((name) => `\`${name}\``)
        .join(", ")}.`;
}

function unclaimedTable(reports: readonly OfficialReport[]): string {
  const names = unclaimedFeatures(reports);
  if (names.length === 0) return "";
  const rows = names.map((name) => `| \`${name}\` | ${reasons[name] ?? ""} |`);
  return ["### Features that are not claimed", "", "| feature | why |", "| --- | --- |", ...rows].join("\n");
}
