/** The local cluster in which is measured. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readlinkSync } from "node:fs";
import { basename } from "node:path";
import { KubeClient } from "../../src/kube/client.ts";
import { loadKubeConfig } from "../../src/kube/config.ts";
import { findNode } from "../../tools/cluster/node/namespaces.ts";
import { filesOf } from "../../tools/cluster/paths.ts";
import { isUp } from "../../tools/cluster/up.ts";
import { argumentsOf, processTree } from "../processes/proc.ts";
import { root } from "../program.ts";

/** Programs of a cluster that measurements look at or that tests kill. */
export type ClusterProgram = "controller" | "envoy" | "kube-apiserver";

/** A local cluster. One that is there is used and stays; one that is not is created and goes with {@link close}. */
export class LocalCluster {
  readonly number: number;
  /** As administrator. */
  readonly client: KubeClient;
  /** Whether it goes with {@link close}. */
  readonly isTemporary: boolean;

  private constructor(number: number, isTemporary: boolean) {
    this.number = number;
    this.isTemporary = isTemporary;
    this.client = new KubeClient(loadKubeConfig({ env: {}, path: this.kubeconfig }));
  }

  static async open(number: number): Promise<LocalCluster> {
    const isTemporary = !isUp(number);
    if (isTemporary) await command(number, ["up"]);
    return new LocalCluster(number, isTemporary);
  }

  get kubeconfig(): string {
    return filesOf(this.number).kubeconfig;
  }

  /** Gives OCI archives to the node. */
  async load(...archives: readonly string[]): Promise<void> {
    await command(this.number, ["load", ...archives]);
  }

  /** Runs one of the project's tools against this cluster; what it says goes to the error stream. */
  async run(tool: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<void> {
    await runTool(tool, args, { ...environment, KUBECONFIG: this.kubeconfig });
  }

  /** Process ids, as the machine sees them, of a program in the cluster. Envoys are those that a control plane runs as gateways. */
  processesOf(program: ClusterProgram): number[] {
    const node = findNode(this.number);
    if (!node) throw new Error(`the cluster ${this.number} has ended`);
    return processTree(node.pid)
      .map(({ pid }) => pid)
      .filter((pid) => isProgram[program](pid));
  }

  async close(): Promise<void> {
    this.client.close();
    if (this.isTemporary) await command(this.number, ["down"]);
  }
}

const isProgram: Readonly<Record<ClusterProgram, (pid: number) => boolean>> = {
  controller: (pid) => executableOf(pid) === "envoy-gateway" && argumentsOf(pid).includes("server"),
  envoy: (pid) => executableOf(pid) === "envoy" && argumentsOf(pid).includes("--service-cluster"),
  "kube-apiserver": (pid) => basename(argumentsOf(pid)[0] ?? "") === "kube-apiserver",
};

function executableOf(pid: number): string | undefined {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`));
  } catch {
    // It has ended while it was looked at.
    return undefined;
  }
}

async function command(number: number, [name = "", ...operands]: readonly string[]): Promise<void> {
  await runTool("tools/cluster/cluster.ts", [name, "--number", String(number), ...operands]);
}

/** Not waiting in the way of everything else: connections to the API server that end meanwhile must be noticed. */
async function runTool(
  tool: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  const child = spawn(process.execPath, [tool, ...args], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ["ignore", 2, 2],
  });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${[tool, ...args].join(" ")} failed; its words are above`);
}
