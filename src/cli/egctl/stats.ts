import { type Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { type PodSelection, type TargetOptions, withPodOptions, withTargetOptions } from "./target/options.ts";

const outputs = ["prom", "json", "yaml"] as const;
const types = ["server", "clusters"] as const;

interface StatsOptions extends TargetOptions, PodSelection {
  readonly output: (typeof outputs)[number];
  readonly type: (typeof types)[number];
}

/** Paths of Envoy's admin interface: as text, and as JSON. */
const paths = {
  server: { text: "/stats/prometheus", json: "/stats?format=json" },
  clusters: { text: "/clusters", json: "/clusters?format=json" },
} as const;

/** `egctl experimental stats`: what Envoys have counted. */
export function addStats(parent: Command, context: CliContext): void {
  const stats = parent.command("stats").description("show what running Envoys have counted");
  const command = stats
    .command("envoy-proxy [envoy]")
    .alias("ep")
    .description("of one Envoy, named as in the output or by its Gateway, or of all")
    .addOption(new Option("-o, --output <format>", "text as for Prometheus, or data").choices(outputs).default("prom"))
    .addOption(
      new Option("-t, --type <type>", "all metrics, or the state of clusters").choices(types).default("server"),
    );
  withTargetOptions(withPodOptions(command)).action(async (envoy: string | undefined, options: StatsOptions) => {
    context.stdout.write(await statsText(envoy, options, context));
  });
}

async function statsText(wanted: string | undefined, options: StatsOptions, context: CliContext): Promise<string> {
  const { askJson, askText } = await import("./admin-client.ts");
  const { askEach } = await import("./target/ask-each.ts");
  const { findEnvoys } = await import("./target/envoys.ts");
  const { onTarget } = await import("./target/target.ts");
  const { output } = options;
  const { text, json } = paths[options.type];
  return onTarget(options, context, async (target) => {
    const envoys = await findEnvoys(target, wanted, options, context);
    if (output !== "prom") {
      const { formatted } = await import("../output/formats.ts");
      return formatted(await askEach(envoys, ({ admin }) => askJson(admin, json), context), output);
    }
    const texts = await askEach(envoys, ({ admin }) => askText(admin, text), context);
    return Object.entries(texts)
      .flatMap(([namespace, pods]) => Object.entries(pods).map(([name, body]) => `${namespace}/${name}:\n${body}`))
      .join("\n");
  });
}
