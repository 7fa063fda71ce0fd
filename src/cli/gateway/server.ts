import { resolve } from "node:path";
import type { Command } from "commander";
import { bundledEnvoys } from "../bundled-envoys.ts";
import type { CliContext } from "../context.ts";
import { parsePort } from "../ports.ts";
import { startAndServe } from "../serve-until-stopped.ts";

interface ServerOptions {
  readonly configPath?: string;
  readonly envoy?: string;
  readonly xdsPort?: number;
  readonly adminPort?: number;
  readonly metricsPort?: number;
  readonly healthPort?: number;
  readonly certificates?: string;
  readonly tellChanges?: true;
}

/** `envoy-gateway server`: the control plane as its configuration file describes it. */
export function addServer(program: Command, context: CliContext): void {
  program
    .command("server")
    .alias("serve")
    .description("run the control plane; changes of its configuration file take effect while it runs")
    .option("-c, --config-path <file>", "the EnvoyGateway configuration; without it the built-in defaults hold")
    .option("--envoy <program>", "the Envoy to run, instead of the one that is found (also: ENVOY_BIN)")
    .option("--xds-port <port>", "port on which Envoys fetch their configuration (default: 18000)", parsePort)
    .option("--admin-port <port>", "port of the admin server (default: as configured, 19000)", parsePort)
    .option("--metrics-port <port>", "port of /metrics (default: 19001)", parsePort)
    .option("--health-port <port>", "port of /healthz and /readyz (default: 8081)", parsePort)
    .option(
      "--certificates <directory>",
      "the control plane's certificate in a cluster: tls.crt, tls.key, ca.crt (default: /certs)",
    )
    .option("--tell-changes", "say what each change of the manifests did, in lines for people among those of the log")
    .action(async (options: ServerOptions) => {
      const { ChangeTeller } = await import("./run/tell-changes.ts");
      const teller = options.tellChanges && new ChangeTeller((line) => void context.stdout.write(`${line}\n`));
      const { createGatewayServer } = await import("../../server/gateway-server.ts");
      const server = createGatewayServer({
        ...(options.configPath !== undefined && { configPath: resolve(context.cwd, options.configPath) }),
        env: context.env,
        envoy: options.envoy,
        bundledEnvoys: bundledEnvoys(),
        ...(options.certificates !== undefined && { certificates: resolve(context.cwd, options.certificates) }),
        output: context.stdout,
        clock: context.now,
        ...(teller && { onCommit: teller.onCommit }),
        ports: {
          xds: { port: options.xdsPort },
          admin: { port: options.adminPort },
          metrics: { port: options.metricsPort },
          health: { port: options.healthPort },
        },
      });
      const { stopped } = await startAndServe(server, context, () => undefined);
      if (server.plane) teller?.start(server, server.plane);
      await stopped;
    });
}
