import { type Command, Option } from "commander";

/** Where to look: at a control plane on this machine, or at a cluster. */
export interface TargetOptions {
  readonly admin?: string;
  readonly stateDir?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** Which pods are meant; on a machine, which Envoys. */
export interface PodSelection {
  /** Default: the control plane's namespace in a cluster, all on a machine. */
  readonly namespace?: string;
  readonly allNamespaces?: true;
  /** `label=value`; all have to fit. */
  readonly labels?: readonly string[];
}

/** Adds the options that say where to look. */
export function withTargetOptions(command: Command): Command {
  return command
    .addOption(new Option("--kubeconfig <file>", "the kubeconfig of the cluster to look at (default: KUBECONFIG)"))
    .addOption(new Option("--context <name>", "a context of the kubeconfig (default: its current one)"))
    .addOption(
      new Option(
        "--admin <host:port>",
        "admin server of a control plane outside a cluster (default: 127.0.0.1:19000, or as --state-dir tells)",
      ),
    )
    .addOption(
      new Option("--state-dir <directory>", "directory that `envoy-gateway run` was given with its --state-dir"),
    );
}

/** Adds the options that select pods. */
export function withPodOptions(command: Command): Command {
  return command
    .addOption(new Option("-n, --namespace <name>", `of pods in this namespace (default: ${controlPlaneNamespace})`))
    .addOption(new Option("-A, --all-namespaces", "of pods in all namespaces"))
    .addOption(labelsOption());
}

function labelsOption(): Option {
  return new Option("-l, --labels <label=value>", "of pods with these labels only, as of the Gateway they serve")
    .default([], "all")
    .argParser((text: string, former: readonly string[]) => [...former, ...text.split(",")]);
}

/** Where the control plane lives in a cluster unless somebody chose otherwise. */
export const controlPlaneNamespace = "envoy-gateway-system";
