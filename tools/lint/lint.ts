/** `make lint`: all checks of the repository. Exit code 1 when one finds something. */
import { checks } from "./checks.ts";
import { runChecks } from "./run-checks.ts";

const { failed } = await runChecks(checks, (text) => process.stdout.write(text));
process.exitCode = failed === 0 ? 0 : 1;
