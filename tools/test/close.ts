/**
 * The closing line of .ci/run: all tests and checks since `make test` cleared the reports. Arguments are the steps that failed; one
 * that failed before it could count anything counts as one failure. Exit code 1 when anything failed.
 */
import { readReports, summary, total, withFailedSteps } from "./report.ts";

const steps = process.argv.slice(2);
const all = withFailedSteps(total(readReports()), steps.length);
for (const step of steps) process.stdout.write(`failed: ${step}\n`);
process.stdout.write(`${summary(all)}\n`);
process.exitCode = all.failed === 0 ? 0 : 1;
