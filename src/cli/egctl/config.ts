import { type Command, Option } from "commander";
import { type CliContext, CommandError } from "../context.ts";
import { type Format, formatted, outputOption } from "../output/formats.ts";
import { configParts } from "./config-parts.ts";
import { type PodSelection, type TargetOptions, withPodOptions, withTargetOptions } from "./target/options.ts";

interface ConfigOptions extends TargetOptions, PodSelection {
  readonly output: Format;
  readonly adminAddress?: string;
}

/** `egctl config`: configurations of running Envoys and of the control plane. */
export function addConfig(program: Command, context: CliContext): void {
  const config = program
    .command("config")
    .alias("c")
    .description("show what running Envoys, or the control plane, are configured with")
    .addOption(outputOption("json"));
  withTargetOptions(withPodOptions(config));
  addEnvoyProxy(config, context);
  addEnvoyGateway(config, context);
  for (const name of ["envoy-ratelimit", "rl", "ratelimit"]) {
    config
      .command(name, { hidden: name !== "envoy-ratelimit" })
      .description("configuration of the rate limit service")
      .action(() => {
        throw new CommandError(
          "global rate limit feature is not enabled: this release has no rate limit service yet, so there is nothing to show.",
        );
      });
  }
}

function addEnvoyProxy(config: Command, context: CliContext): void {
  const proxy = config
    .command("envoy-proxy")
    .alias("proxy")
    .description("configuration that Envoys have in effect: in the pods of a cluster, or on this machine");
  for (const part of configParts) {
    const command = proxy
      .command(`${part.name} [envoy]`)
      .description(`show ${part.about}; of one Envoy, named as in the output or by its Gateway, or of all`);
    if ("short" in part) command.alias(part.short);
    command.addOption(new Option("--admin-address <host:port>", "admin interface of the Envoy itself"));
    command.action(async (envoy: string | undefined) => {
      const options = command.optsWithGlobals<ConfigOptions>();
      const { proxyConfig } = await import("./proxy-config.ts");
      context.stdout.write(await formatted(await proxyConfig(part.name, envoy, options, context), options.output));
    });
  }
}

function addEnvoyGateway(config: Command, context: CliContext): void {
  const gateway = config
    .command("envoy-gateway <kind> [name]")
    .alias("gateway")
    .description(
      "objects as the control plane holds them: of one kind (names and short names as with kubectl), or all",
    );
  gateway.action(async (kind: string, name: string | undefined) => {
    const options = gateway.optsWithGlobals<ConfigOptions>();
    const { gatewayConfig } = await import("./gateway-config.ts");
    context.stdout.write(await formatted(await gatewayConfig(kind, name, options, context), options.output));
  });
}
