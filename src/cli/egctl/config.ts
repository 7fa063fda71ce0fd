import { type Command, Option } from "commander";
import { type CliContext, CommandError } from "../context.ts";
import { type Format, formatted, outputOption } from "../output/formats.ts";
import { type AdminOptions, askJson, findAdmin, withAdminOptions } from "./admin-client.ts";
import { configParts } from "./config-parts.ts";

interface ConfigOptions extends AdminOptions {
  readonly output: Format;
  readonly adminAddress?: string;
  readonly labels: readonly string[];
}

/** Namespace and name under which the objects of the control plane on this machine are shown, where a cluster has those of its pod. */
const ownNamespace = "envoy-gateway-system";
const ownName = "envoy-gateway";

/** `egctl config`: configurations of running Envoys and of the control plane. */
export function addConfig(program: Command, context: CliContext): void {
  const config = program
    .command("config")
    .alias("c")
    .description("show what running Envoys, or the control plane, are configured with")
    .addOption(outputOption("json"))
    .addOption(labelsOption())
    .addOption(new Option("-n, --namespace <name>", "namespace of pods in a cluster; not looked at here").hideHelp())
    .addOption(new Option("-A, --all-namespaces", "pods of all namespaces; not looked at here").hideHelp());
  withAdminOptions(config);
  const proxy = config
    .command("envoy-proxy")
    .alias("proxy")
    .description("configuration that the Envoys on this machine have in effect");
  for (const part of configParts) {
    const command = proxy
      .command(`${part.name} [envoy]`)
      .description(`show ${part.about}; of one Envoy, named as in the output, or of all`);
    if ("short" in part) command.alias(part.short);
    command.addOption(new Option("--admin-address <host:port>", "admin interface of the Envoy itself"));
    command.action(async (envoy: string | undefined) => {
      const options = command.optsWithGlobals<ConfigOptions>();
      const { proxyConfig } = await import("./proxy-config.ts");
      context.stdout.write(await formatted(await proxyConfig(part.name, envoy, options, context), options.output));
    });
  }
  const gateway = config
    .command("envoy-gateway <kind> [name]")
    .alias("gateway")
    .description(
      "objects as the control plane holds them: of one kind (names and short names as with kubectl), or all",
    );
  gateway.action(async (kind: string, name: string = ownName) => {
    const options = gateway.optsWithGlobals<ConfigOptions>();
    if (name !== ownName)
      throw new CommandError(`There is no control plane ${name} on this machine; it is ${ownName}.`);
    const admin = await findAdmin(options, context);
    const objects = await askJson(admin, `/api/config_dump?resource=${encodeURIComponent(kind)}`);
    context.stdout.write(await formatted({ [ownNamespace]: { [ownName]: objects } }, options.output));
  });
  for (const name of ["envoy-ratelimit", "rl", "ratelimit"]) {
    config
      .command(name, { hidden: name !== "envoy-ratelimit" })
      .description("configuration of the rate limit service")
      .action(() => {
        throw new CommandError("global rate limit feature is not enabled");
      });
  }
}

function labelsOption(): Option {
  const option = new Option(
    "-l, --labels <label=value>",
    "only Envoys with these labels, as of the Gateway they serve",
  );
  return option
    .default([], "all")
    .argParser((text: string, former: readonly string[]) => [...former, ...text.split(",")]);
}
