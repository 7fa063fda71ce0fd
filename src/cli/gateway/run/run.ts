import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import type { FleetStatus } from "../../../infra/fleet.ts";
import { hostDirectories } from "../../../infra/host/directories.ts";
import type { GatewayServer } from "../../../server/gateway-server.ts";
import { bundledEnvoys } from "../../bundled-envoys.ts";
import { type CliContext, CommandError } from "../../context.ts";
import { parsePort } from "../../ports.ts";
import { startAndServe } from "../../serve-until-stopped.ts";
import type { RunOptions } from "./settings.ts";

/** `envoy-gateway run`: a standalone gateway without a configuration file, that says what it serves and what each change does. */
export function addRun(program: Command, context: CliContext): void {
  program
    .command("run")
    .description("serve manifests with an Envoy on this machine, and tell what each change of them does")
    .requiredOption("-f, --file <path...>", "manifests: files and directories, which are followed")
    .option(
      "--state-dir <directory>",
      "where certificates, logs and what is known of Envoys are kept (default: the user's directories)",
    )
    .option("--envoy <program>", "the Envoy to run, instead of the one that is found (also: ENVOY_BIN)")
    .addOption(
      new Option("--log-level <level>", "how much is logged to the error stream")
        .choices(["debug", "info", "warn", "error", "off"])
        .default("warn"),
    )
    .option("--xds-port <port>", "port on which Envoy fetches its configuration (default: 18000)", parsePort)
    .option("--admin-port <port>", "port of the admin server; 0 takes a free one (default: 19000)", parsePort)
    .option("--metrics-port <port>", "port of /metrics; 0 takes a free one (default: 19001)", parsePort)
    .option("--health-port <port>", "port of /healthz and /readyz; 0 takes a free one (default: 8081)", parsePort)
    .action((options: RunOptions) => run(options, context));
}

async function run(options: RunOptions, context: CliContext): Promise<void> {
  const missing = options.file.find((path) => !existsSync(resolve(context.cwd, path)));
  if (missing !== undefined) throw new CommandError(`There is nothing at ${missing}.`);
  const { createGatewayServer } = await import("../../../server/gateway-server.ts");
  const { ChangeTeller } = await import("./tell-changes.ts");
  const { runConfig } = await import("./settings.ts");
  const { summary } = await import("./summary.ts");
  const say = (line: string): void => void context.stdout.write(`${line}\n`);
  // What happens before the summary is in the summary.
  const teller = new ChangeTeller(say);
  const local = (port: number | undefined) => ({ host: "127.0.0.1", port });
  const server = createGatewayServer({
    config: runConfig(options, context.cwd),
    env: context.env,
    envoy: options.envoy,
    bundledEnvoys: bundledEnvoys(),
    output: context.stderr,
    clock: context.now,
    ports: {
      xds: local(options.xdsPort),
      admin: local(options.adminPort),
      metrics: local(options.metricsPort),
      health: local(options.healthPort),
    },
    onCommit: teller.onCommit,
  });
  const { stopped } = await startAndServe(server, context, () =>
    say("Stopping: requests in flight are finished first; once more ends at once."),
  );
  await fleetsUp(server, stopped);
  const { plane } = server;
  if (plane) {
    for (const line of summary(plane)) say(line);
    say(
      `Admin server: http://127.0.0.1:${server.ports.admin}/  Envoy's log: ${hostDirectories(server.config.provider.custom?.infrastructure?.host).stateHome}/logs`,
    );
    say("Watching the manifests; Ctrl-C stops.");
    teller.start(server, plane);
  }
  await stopped;
}

/** Resolves when each fleet either serves or has something to say, or the server is stopped. */
async function fleetsUp(server: GatewayServer, stopped: Promise<void>): Promise<void> {
  const infrastructure = server.plane?.infrastructure;
  if (!infrastructure) return;
  const isSettled = ({ state, problems }: FleetStatus): boolean =>
    state === "serving" || state === "failed" || problems.length > 0;
  const up = new Promise<void>((done) => {
    const check = (): void => {
      if (!infrastructure.statuses().every(isSettled)) return;
      off();
      done();
    };
    const off = infrastructure.watch(() => setImmediate(check));
    setImmediate(check);
  });
  await Promise.race([up, stopped]);
}
