/** Official reports of the suite: https://gateway-api.sigs.k8s.io/geps/gep-1709/ */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { root } from "../lint/check.ts";
import { modes } from "./options.ts";

/** Folder of the reports of complete runs. */
export const reportsFolder: string = join(root, "docs/conformance");

interface Statistics {
  readonly Passed: number;
  readonly Failed: number;
  readonly Skipped: number;
}

export interface Results {
  readonly result: string;
  readonly statistics: Statistics;
  readonly failedTests?: readonly string[];
  readonly skippedTests?: readonly string[];
}

/** The part of a report that is read here. */
export interface OfficialReport {
  readonly date: string;
  readonly mode: string;
  readonly gatewayAPIVersion: string;
  readonly gatewayAPIChannel: string;
  readonly implementation: { readonly version: string };
  readonly profiles: readonly {
    readonly name: string;
    readonly core: Results;
    readonly extended?: Results & {
      readonly supportedFeatures?: readonly string[];
      readonly unsupportedFeatures?: readonly string[];
    };
  }[];
  readonly succeededProvisionalTests?: readonly string[];
}

/** Reads a report; the suite writes the profiles in any order, and they come sorted. Undefined where there is none. */
export function readReport(file: string): OfficialReport | undefined {
  if (!existsSync(file)) return undefined;
  const report = parse(readFileSync(file, "utf8")) as OfficialReport;
  return { ...report, profiles: report.profiles.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
}

export function writeReport(file: string, report: OfficialReport): void {
  writeFileSync(file, stringify(report, { lineWidth: 0, indentSeq: false }));
}

/** The reports of complete runs that there are, by the names of their files. */
export function readReports(): ReadonlyMap<string, OfficialReport> {
  return new Map(
    Object.values(modes).flatMap((mode) => {
      const report = readReport(join(reportsFolder, `${mode}.yaml`));
      return report ? [[`${mode}.yaml`, report] as const] : [];
    }),
  );
}
