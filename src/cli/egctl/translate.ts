import { type Command, InvalidArgumentError, Option } from "commander";
import type { CliContext } from "../context.ts";
import { outputOption } from "../output/formats.ts";
import { type TranslateOptions, translateTargets, translateTypes } from "./translate/options.ts";

/** `egctl experimental translate`: what Gateway API manifests become, without a server. */
export function addTranslate(parent: Command, context: CliContext): void {
  parent
    .command("translate")
    .description("show what manifests become: objects with their statuses, Envoy's configuration, what lies between")
    .requiredOption("-f, --file <path...>", "files and directories; - for the standard input")
    .addOption(new Option("--from <type>", "what the manifests are").choices(["gateway-api"]).default("gateway-api"))
    .addOption(targetsOption())
    .addOption(
      new Option("-t, --type <type>", "part of Envoy's configuration to show")
        .choices([...translateTypes])
        .default("all"),
    )
    .option(
      "--add-missing-resources",
      "invent a GatewayClass, namespaces and Services that the manifests refer to but lack",
    )
    .option("--dns-domain <domain>", "DNS domain of the cluster", "cluster.local")
    .option("-n, --namespace <name>", "namespace of the control plane", "envoy-gateway-system")
    .addOption(outputOption("yaml"))
    .action(async (options: TranslateOptions) => {
      const { translate } = await import("./translate/translate.ts");
      context.stdout.write(await translate(options, context));
    });
}

function targetsOption(): Option {
  const option = new Option("--to <types>", `what to show, separated by commas: ${translateTargets.join(", ")}`);
  // The default is handed to the parser as what stood there before; only what was given adds up.
  const usual: readonly string[] = ["gateway-api", "xds"];
  return option.default(usual, usual.join(",")).argParser((text: string, former: readonly string[]) => {
    const given = [...(former === usual ? [] : former), ...text.split(",").map((part) => part.trim())];
    const known = translateTargets.filter((target) => given.includes(target));
    if (known.length === new Set(given).size) return known;
    const unknown = given.find((part) => !translateTargets.some((target) => target === part)) ?? text;
    throw new InvalidArgumentError(`${unknown} is none of ${translateTargets.join(", ")}.`);
  });
}
