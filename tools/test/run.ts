/**
 * `make test`: all checks of the repository, then the tests of the projects named on the command line; the last line is
 * `N passed, N failed`, checks included. Exit code 1 when anything failed. `--no-checks` leaves the checks out.
 */
import { parseArgs } from "node:util";
import { checks } from "../lint/checks.ts";
import { runChecks } from "../lint/run-checks.ts";
import { clearReports, saveReport, summary, total } from "./report.ts";
import { runProjects } from "./vitest.ts";

const { values, positionals: projects } = parseArgs({
  options: { checks: { type: "boolean", default: true } },
  allowNegative: true,
  allowPositionals: true,
});

const counts = [];
if (values.checks) {
  clearReports();
  const outcome = { ...(await runChecks(checks, (text) => process.stdout.write(text))), skipped: 0 };
  saveReport("checks", outcome);
  counts.push(outcome);
}
const tests = await runProjects(projects);
saveReport(projects.join("+"), tests);
counts.push(tests);

const all = total(counts);
if (all.skipped > 0) process.stdout.write(`${all.skipped} tests were skipped: they need what is not installed here\n`);
process.stdout.write(`${summary(all)}\n`);
process.exitCode = all.failed === 0 ? 0 : 1;
