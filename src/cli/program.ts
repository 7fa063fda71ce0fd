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
    await program.parseAsync(withoutBooleanValues(program, args), { from: "user" });
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

const booleans: Readonly<Record<string, boolean>> = {
  true: true,
  t: true,
  "1": true,
  false: false,
  f: false,
  "0": false,
};

/**
 * Switches may be given with a value (`--remote=false`), as people know it from programs written in Go. A switch that is on unless
 * told otherwise needs a `--no-` twin among its command's options.
 */
function withoutBooleanValues(program: Command, args: readonly string[]): string[] {
  const switches = new Set<string>();
  const collect = (command: Command): void => {
    for (const { long, short, required, optional } of command.options) {
      if (required || optional) continue;
      for (const flag of [long, short]) if (flag != null) switches.add(flag);
    }
    command.commands.forEach(collect);
  };
  collect(program);
  const end = args.indexOf("--");
  return args.flatMap((arg, i) => {
    const [, flag = "", text = ""] = /^(--?[\w-]+)=(.*)$/.exec(arg) ?? [];
    const value = booleans[text.toLowerCase()];
    if (value === undefined || !switches.has(flag) || (end >= 0 && i > end)) return [arg];
    if (value) return [flag];
    const twin = flag.replace(/^--/, "--no-");
    return switches.has(twin) ? [twin] : [];
  });
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
