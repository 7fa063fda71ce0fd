import { type Command, Option } from "commander";
import { versionInfo } from "../../server/version.ts";
import { type CliContext, CommandError } from "../context.ts";
import { type Format, formatted, outputOption } from "../output/formats.ts";
import { type AdminOptions, askJson, findAdmin, withAdminOptions } from "./admin-client.ts";

interface VersionOptions extends AdminOptions {
  readonly output: Format;
  readonly remote: boolean;
}

/** `egctl version`: the version of this program, and those of the control plane on this machine if one answers. */
export function addVersion(program: Command, context: CliContext): void {
  const command = program
    .command("version")
    .aliases(["versions", "v"])
    .description("print the version of this program, and the versions of the control plane that runs")
    .option("-r, --remote", "ask the control plane, too", true)
    .addOption(new Option("--no-remote", "print the version of this program only").hideHelp())
    .addOption(outputOption("yaml"));
  withAdminOptions(command).action(async (options: VersionOptions) => {
    const { envoyGatewayVersion: client } = versionInfo;
    if (!options.remote) {
      context.stdout.write(`${client}\n`);
      return;
    }
    const server = await serverVersions(options, context);
    context.stdout.write(await formatted({ client, ...(server && { server: [server] }) }, options.output));
  });
}

/** Versions as the control plane tells them; nothing where none runs, unless its address was given. */
async function serverVersions(options: VersionOptions, context: CliContext): Promise<object | undefined> {
  const admin = await findAdmin(options, context);
  try {
    const info = (await askJson(admin, "/api/info")) as Readonly<Record<string, unknown>>;
    const { version, gatewayAPIVersion, envoyProxyVersion, gitCommitID, goVersion } = info;
    return {
      name: admin,
      ...{ envoyGatewayVersion: version, gatewayAPIVersion, envoyProxyVersion, gitCommitID, golangVersion: goVersion },
    };
  } catch (error) {
    if (!(error instanceof CommandError) || options.admin !== undefined) throw error;
    return undefined;
  }
}
