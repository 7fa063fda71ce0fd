import type { Command } from "commander";

/** A command as completion needs it. */
export interface CompletedCommand {
  /** Names from the program down, e.g. `experimental translate`; empty for the program itself. */
  readonly path: string;
  /** Subcommands and options that may follow, with what they do. */
  readonly words: readonly { readonly word: string; readonly about: string }[];
}

/** All commands of a program, also under their other names. */
export function describeCommands(program: Command): readonly CompletedCommand[] {
  return walk(program, [""]);
}

function walk(command: Command, paths: readonly string[]): CompletedCommand[] {
  const visible = command.createHelp().visibleCommands(command);
  const options = command.createHelp().visibleOptions(command);
  const words = [
    ...visible.map((sub) => ({ word: sub.name(), about: sub.description() })),
    ...options.flatMap(({ long, description }) => (long ? [{ word: long, about: description }] : [])),
  ];
  const own = paths.map((path) => ({ path, words }));
  const below = command.commands.flatMap((sub) => {
    const names = [sub.name(), ...sub.aliases()];
    return walk(
      sub,
      paths.flatMap((path) => names.map((name) => (path === "" ? name : `${path} ${name}`))),
    );
  });
  return [...own, ...below];
}
