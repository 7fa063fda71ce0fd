import { addCompletion } from "../completion/completion.ts";
import type { CliContext } from "../context.ts";
import { createProgram, runProgram } from "../program.ts";
import { addConfig } from "./config.ts";
import { addExperimental } from "./experimental.ts";
import { addValidate } from "./validate.ts";
import { addVersion } from "./version.ts";

const commands = [addValidate, addConfig, addExperimental, addVersion, addCompletion];

/** Runs `egctl` with arguments; returns the exit code. */
export function runEgctl(args: readonly string[], context: CliContext): Promise<number> {
  return runProgram(
    createProgram("egctl", "Looks at gateways and manifests from the command line.", context, commands),
    args,
    context,
  );
}
