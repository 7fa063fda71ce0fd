/** The closing line of .ci/run: all tests and checks since `make test` cleared the reports. Exit code 1 when any failed. */
import { readReports, summary, total } from "./report.ts";

const all = total(readReports());
process.stdout.write(`${summary(all)}\n`);
process.exitCode = all.failed === 0 ? 0 : 1;
