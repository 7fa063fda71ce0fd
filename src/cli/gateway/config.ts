import { resolve } from "node:path";
import type { Command } from "commander";
import { type CliContext, CommandError } from "../context.ts";

/** `envoy-gateway config validate`: looks at a configuration file without starting anything. */
export function addConfig(program: Command, context: CliContext): void {
  const config = program.command("config").description("the control plane's configuration file");
  config
    .command("validate <file>")
    .description("tell every error and warning in a configuration file; fails if there is an error")
    .action(async (file: string) => {
      const { loadConfig } = await import("../../server/config/load-config.ts");
      const { problemLine } = await import("../../server/config/problem.ts");
      const { config: loaded, problems } = await loadConfig(resolve(context.cwd, file));
      for (const problem of problems)
        context.stderr.write(`${problem.severity}: ${problemLine({ ...problem, file })}\n`);
      if (!loaded) throw new CommandError("");
      context.stdout.write(`${file} is valid.\n`);
    });
}
