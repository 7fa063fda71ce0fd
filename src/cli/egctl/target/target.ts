import { defaultAdminPort } from "../../../api/v1alpha1/envoygateway/ports.ts";
import { type CliContext, CommandError } from "../../context.ts";
import { type AdminServer, adminAt, askJson } from "../admin-client.ts";
import type { Cluster } from "./cluster.ts";
import type { TargetOptions } from "./options.ts";

/** What is looked at: a control plane on this machine, by its admin server, or a cluster. */
export type Target =
  | { readonly kind: "machine"; readonly admin: AdminServer }
  | { readonly kind: "cluster"; readonly cluster: Cluster };

const usualAdmin = `127.0.0.1:${defaultAdminPort}`;

/**
 * Does `work` on what the options name. Without any of them, a control plane that runs on this machine comes first, then the
 * cluster that kubectl would take. Throws a {@link CommandError} that says what to do when there is neither.
 */
export async function onTarget<T>(
  options: TargetOptions,
  context: CliContext,
  work: (target: Target) => Promise<T>,
): Promise<T> {
  const target = await findTarget(options, context);
  try {
    return await work(target);
  } finally {
    if (target.kind === "cluster") target.cluster.close();
  }
}

async function findTarget(options: TargetOptions, context: CliContext): Promise<Target> {
  const { admin, stateDir } = options;
  const namesMachine = admin !== undefined || stateDir !== undefined;
  const namesCluster = options.kubeconfig !== undefined || options.context !== undefined;
  if (namesMachine && namesCluster)
    throw new CommandError(
      "--admin and --state-dir name a control plane outside a cluster, --kubeconfig and --context a cluster: leave out one of the two.",
    );
  if (admin !== undefined) return machine(admin);
  if (namesCluster) return configuredCluster(options, context);
  const running = await runningAdmin(stateDir, context);
  if (running !== undefined || namesMachine) {
    if (!namesMachine && context.env["KUBECONFIG"])
      context.stderr.write("This is the control plane on this machine; --kubeconfig or --context shows a cluster.\n");
    return machine(running ?? usualAdmin);
  }
  return configuredCluster(options, context);
}

function machine(address: string): Target {
  return { kind: "machine", admin: adminAt(address) };
}

async function configuredCluster(options: TargetOptions, context: CliContext): Promise<Target> {
  const { resolve } = await import("node:path");
  const { loadKubeConfig, KubeConfigError } = await import("../../../kube/config.ts");
  const { Cluster } = await import("./cluster.ts");
  const path = options.kubeconfig === undefined ? undefined : resolve(context.cwd, options.kubeconfig);
  try {
    return {
      kind: "cluster",
      cluster: new Cluster(loadKubeConfig({ env: context.env, path, context: options.context })),
    };
  } catch (error) {
    if (!(error instanceof KubeConfigError)) throw error;
    if (path !== undefined || options.context !== undefined) throw new CommandError(error.message);
    throw new CommandError(
      `${error.message.replace(/[^.]$/, "$&.")} No control plane runs on this machine either (nothing answers at ${usualAdmin}): start one with envoy-gateway run, or name its admin server with --admin.`,
    );
  }
}

/** The admin server of the control plane on this machine: as it wrote it down itself, or at the usual address if it answers there. */
async function runningAdmin(stateDir: string | undefined, context: CliContext): Promise<string | undefined> {
  const { join, resolve } = await import("node:path");
  const { hostDirectories } = await import("../../../infra/host/directories.ts");
  const { runningInstance } = await import("../../../server/instance.ts");
  const runtimeDir =
    stateDir === undefined ? hostDirectories().runtimeDir : join(resolve(context.cwd, stateDir), "run");
  const instance = await runningInstance(runtimeDir);
  if (instance || stateDir !== undefined) return instance?.admin;
  return (await isStandalone(usualAdmin)) ? usualAdmin : undefined;
}

/** Whether a control plane answers whose Envoys run on this machine. A port forwarded to a pod does not. */
async function isStandalone(address: string): Promise<boolean> {
  try {
    const info = (await askJson(adminAt(address), "/api/server_info")) as {
      readonly envoyGatewayConfig?: { readonly provider?: { readonly type?: string } };
    };
    const type = info.envoyGatewayConfig?.provider?.type;
    return type !== undefined && type !== "Kubernetes";
  } catch {
    return false;
  }
}
