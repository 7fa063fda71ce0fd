import type { Command } from "commander";
import { versionInfo } from "../../server/version.ts";
import type { CliContext } from "../context.ts";
import { type Format, formatted, outputOption } from "../output/formats.ts";

/** `egctl version`: the version of this program; those of servers in a cluster are not asked for by this version. */
export function addVersion(program: Command, context: CliContext): void {
  program
    .command("version")
    .aliases(["versions", "v"])
    .description("print the version of this program")
    .option("-r, --remote", "ask the servers in a cluster, too (not in this version)")
    .addOption(outputOption(undefined))
    .action(async ({ output }: { readonly output?: Format }) => {
      const { envoyGatewayVersion: client } = versionInfo;
      context.stdout.write(output ? await formatted({ client }, output) : `client: ${client}\n`);
    });
}
