import { type Command, Option } from "commander";
import { versionInfo } from "../../server/version.ts";
import { type CliContext, CommandError } from "../context.ts";
import { type Format, formatted, outputOption } from "../output/formats.ts";
import { type AdminServer, askJson } from "./admin-client.ts";
import { type TargetOptions, withTargetOptions } from "./target/options.ts";

interface VersionOptions extends TargetOptions {
  readonly output: Format;
  readonly remote: boolean;
}

/** `egctl version`: the version of this program, and those of the control planes that run: in a cluster, or on this machine. */
export function addVersion(program: Command, context: CliContext): void {
  const command = program
    .command("version")
    .aliases(["versions", "v"])
    .description("print the version of this program, and those of the control planes that run")
    .option("-r, --remote", "ask the control planes, too", true)
    .addOption(new Option("--no-remote", "print the version of this program only").hideHelp())
    .addOption(outputOption("yaml"));
  withTargetOptions(command).action(async (options: VersionOptions) => {
    const { envoyGatewayVersion: client } = versionInfo;
    if (!options.remote) {
      context.stdout.write(`${client}\n`);
      return;
    }
    const server = await serverVersions(options, context);
    context.stdout.write(await formatted({ client, ...(server && { server }) }, options.output));
  });
}

/** Versions as running control planes tell them; nothing where none is found, unless it was said where to look. */
async function serverVersions(options: VersionOptions, context: CliContext): Promise<readonly object[] | undefined> {
  const { admin, stateDir, kubeconfig } = options;
  const isNamed = [admin, stateDir, kubeconfig, options.context].some((option) => option !== undefined);
  const { onTarget } = await import("./target/target.ts");
  const { findControlPlanes } = await import("./target/envoys.ts");
  try {
    return await onTarget(options, context, async (target) => {
      if (target.kind === "machine") return [{ name: target.admin.address, ...(await versionsOf(target.admin)) }];
      const planes = await findControlPlanes(target.cluster, undefined, { allNamespaces: true }, context);
      return Promise.all(
        planes.map(async ({ namespace, name, admin }) => ({ namespace, name, ...(await versionsOf(admin)) })),
      );
    });
  } catch (error) {
    if (!(error instanceof CommandError) || isNamed) throw error;
    if (context.env["KUBECONFIG"]) context.stderr.write(`WARN: ${error.message}\n`);
    return undefined;
  }
}

async function versionsOf(admin: AdminServer): Promise<object> {
  const info = (await askJson(admin, "/api/info")) as Readonly<Record<string, unknown>>;
  const { version, gatewayAPIVersion, envoyProxyVersion, gitCommitID, goVersion } = info;
  return {
    envoyGatewayVersion: version,
    gatewayAPIVersion,
    envoyProxyVersion,
    gitCommitID,
    golangVersion: goVersion,
  };
}
