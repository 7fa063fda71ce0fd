import type { Command } from "commander";
import { type CliContext, CommandError } from "../context.ts";
import { describeCommands } from "./commands.ts";
import { type Shell, shells } from "./shells.ts";

/** `completion`: a script with which a shell completes this program's commands and options. */
export function addCompletion(program: Command, context: CliContext): void {
  program
    .command("completion <shell>")
    .description(`print a completion script: ${Object.keys(shells).join(", ")}`)
    .addHelpText("after", `\nFor bash: source <(${program.name()} completion bash)`)
    .action((shell: string) => {
      const script = shells[shell as Shell];
      if (script === undefined)
        throw new CommandError(`There is no completion for ${shell}; there is for ${Object.keys(shells).join(", ")}.`);
      context.stdout.write(script(program.name(), describeCommands(program)));
    });
}
