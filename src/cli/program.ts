import { Command, CommanderError } from "commander";
import { type CliContext, CommandError } from "./context.ts";

/** Adds a command to its parent. */
export type AddCommand = (parent: Command, context: CliContext) => void;

/** Makes a program of commands; its texts go to the context's streams. */
export function createProgram(
  name: string,
  description: string,
  context: CliContext,
  commands: readonly AddCommand[],
): Command {
  const program = new Command(name)
    .description(description)
    .helpCommand("help [command]", "show what a command does and takes");
  program.helpOption("-h, --help", "show this text").showSuggestionAfterError();
  program.exitOverride().configureOutput({
    writeOut: (text) => void context.stdout.write(text),
    writeErr: (text) => void context.stderr.write(text),
    outputError: (text, write) => write(text.replace(/^error: /, `${name}: `)),
  });
  for (const add of commands) add(program, context);
  return program;
}

/** Runs a program; returns its exit code: 0, or 1 with one message on the error stream. */
export async function runProgram(program: Command, args: readonly string[], context: CliContext): Promise<number> {
  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 || error.code === "commander.help" ? 0 : 1;
    if (error instanceof CommandError) {
      if (error.message !== "") context.stderr.write(`${error.message}\n`);
      return error.exitCode;
    }
    if (error instanceof Error && error.name === "StartError") {
      context.stderr.write(`${error.message}\n`);
      return 1;
    }
    const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
    context.stderr.write(`${program.name()} failed because of a mistake of the program: ${details}\n`);
    return 1;
  }
}

/** Runs the program as the process's main one. */
export function main(
  run: (args: readonly string[], context: CliContext) => Promise<number>,
  context: CliContext,
): void {
  void run(process.argv.slice(2), context).then((code) => {
    // Not process.exit: what was written may still be on its way through a pipe.
    process.exitCode = code;
  });
}
