import type { Command } from "commander";
import { type CliContext, CommandError } from "../context.ts";
import { parsePort } from "../ports.ts";
import type { Instance } from "./target/envoys.ts";
import { type PodSelection, type TargetOptions, withPodOptions, withTargetOptions } from "./target/options.ts";
import type { Target } from "./target/target.ts";

interface DashboardOptions extends TargetOptions, PodSelection {
  /** Port on this machine; 0 takes a free one. */
  readonly port: number;
  readonly browser: boolean;
}

/** Chooses among what runs; the first is taken. */
type Find = (target: Target, wanted: string | undefined, options: PodSelection) => Promise<readonly Instance[]>;

/** `egctl experimental dashboard`: pages of an Envoy, or of the control plane, in the browser. */
export function addDashboard(parent: Command, context: CliContext): void {
  const dashboard = parent
    .command("dashboard")
    .alias("d")
    .description("open the pages of an Envoy or of the control plane in the browser");
  const add = (name: string, alias: string, about: string, find: Find): void => {
    const command = dashboard
      .command(`${name} [name]`)
      .alias(alias)
      .description(about)
      .option("-p, --port <port>", "port on this machine; 0 takes a free one", parsePort, 0)
      .option("--no-browser", "print the address only");
    withTargetOptions(withPodOptions(command)).action(async (wanted: string | undefined, options: DashboardOptions) => {
      const { onTarget } = await import("./target/target.ts");
      await onTarget(options, context, async (target) =>
        show(target, await find(target, wanted, options), options, context),
      );
    });
  };
  add("envoy-proxy", "proxy", "Envoy's own admin pages", async (target, wanted, options) => {
    const { findEnvoys } = await import("./target/envoys.ts");
    return findEnvoys(target, wanted, options, context);
  });
  add("envoy-gateway", "eg", "the control plane's pages", async (target, wanted, options) => {
    const { findControlPlanes } = await import("./target/envoys.ts");
    if (target.kind === "cluster") return findControlPlanes(target.cluster, wanted, options, context);
    return [{ namespace: "", name: "envoy-gateway", admin: target.admin }];
  });
}

/** In a cluster the port leads there until the command is told to end; on this machine there is nothing to wait for. */
async function show(
  target: Target,
  [first, ...others]: readonly Instance[],
  { port, browser }: DashboardOptions,
  context: CliContext,
): Promise<void> {
  if (!first) return;
  const { namespace, name, pod, admin } = first;
  if (others.length > 0)
    context.stderr.write(`This is ${name}; there are also ${others.map((other) => other.name).join(", ")}.\n`);
  const tell = async (url: string): Promise<void> => {
    context.stdout.write(`${url}\n`);
    if (browser) (await import("./open-browser.ts")).openBrowser(url, context.env);
  };
  if (target.kind === "machine" || !pod) return tell(admin.name);
  const { forwardPort } = await import("../../kube/port-forward.ts");
  const stopped = new Promise<void>((resolve) => {
    const off = context.onStopSignal(() => {
      off();
      resolve();
    });
  });
  const forwarding = await forwardPort(target.cluster.config, pod, port, ({ message }) =>
    context.stderr.write(`${namespace}/${name}: ${message}\n`),
  ).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(
      error.code === "EADDRINUSE" ? `Port ${port} is taken; --port chooses another one, 0 any.` : error.message,
    );
  });
  await tell(`http://localhost:${forwarding.port}`);
  await stopped;
  forwarding.close();
}
