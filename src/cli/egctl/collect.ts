import { type Command, Option } from "commander";
import { type CliContext, CommandError } from "../context.ts";
import type { CollectOptions } from "./collect/options.ts";
import { controlPlaneNamespace, withTargetOptions } from "./target/options.ts";

/** `egctl experimental collect`: what somebody who is asked for help needs to know, in one archive. */
export function addCollect(parent: Command, context: CliContext): void {
  const command = parent
    .command("collect")
    .description("write an archive with objects, logs, metrics and configurations, for whoever is asked for help")
    .option("-o, --output <name>", "name of the archive (default: envoy-gateway-<time>.tar.gz)")
    .option("--envoy-system-namespace <name>", "namespace of the control plane", controlPlaneNamespace)
    .addOption(
      new Option("--envoy-proxy-namespaces <names...>", "namespaces of Envoys").default([], "wherever Envoys run"),
    )
    .option("--sds", "with certificates that Envoys use; private keys are masked all the same");
  withTargetOptions(command).action(async (options: CollectOptions) => {
    const { collect } = await import("./collect/collect.ts");
    const { path, errors } = await collect(options, context);
    for (const error of errors) context.stderr.write(`WARN: ${error}\n`);
    context.stdout.write(`${path}\n`);
    if (errors.length > 0)
      throw new CommandError(`${path} lacks what the warnings name; they are in it as *-errors.json, too.`);
  });
}
