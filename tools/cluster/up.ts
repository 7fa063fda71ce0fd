/** `cluster up`: from nothing, or from what is left of another time, to a cluster that answers. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { addressesOf, type ClusterAddresses } from "./addresses.ts";
import { ApiClient } from "./api-client.ts";
import { buildParts, isBuilt } from "./build/build.ts";
import { parts } from "./build/parts.ts";
import { makeCgroups } from "./cgroups.ts";
import { removeCluster } from "./down.ts";
import { writeNodeImages } from "./images.ts";
import { kubeconfig } from "./kubeconfig.ts";
import { corednsManifests } from "./manifests/coredns.ts";
import { connect } from "./network.ts";
import { findNode, isRunning, type RunningNode, runningNodes, startNode } from "./node/namespaces.ts";
import { apiServerOf, nodeName } from "./node/settings.ts";
import { binFolder, filesOf } from "./paths.ts";
import { writeCertificates } from "./pki.ts";
import { missing } from "./prerequisites.ts";
import { withStep } from "./progress.ts";

/** How long a node may take; a machine that does a lot else needs tens of seconds. */
const patienceMs = 180_000;
const pollMs = 100;

/** Whether the cluster was created and its node runs. */
export function isUp(number: number): boolean {
  return existsSync(filesOf(number).ready) && findNode(number) !== undefined;
}

/** Creates the cluster; returns at once when it is there. Rejects with a sentence for people. */
export async function up(number: number): Promise<void> {
  if (isUp(number)) return;
  const addresses = addressesOf(number);
  const other = runningNodes().find((node) => node.number === number && !node.isOurs);
  if (other) {
    throw new Error(
      `another project's cluster has number ${number} (process ${other.pid}): take another one, CLUSTER=${number + 1}`,
    );
  }
  const lack = missing(parts.every(isBuilt));
  if (lack !== undefined) throw new Error(lack);
  await removeCluster(number);
  await buildParts(parts);
  writeNodeImages();
  await withStep(`create ${addresses.name}`, (say) => create(addresses, say));
}

async function create(addresses: ClusterAddresses, say: (text: string) => void): Promise<void> {
  const files = filesOf(addresses.number);
  for (const folder of [files.folder, files.logs]) mkdirSync(folder, { recursive: true });
  await writeCertificates(addresses, files.pki);
  const server = apiServerOf(addresses);
  writeFileSync(files.kubeconfig, kubeconfig(addresses.name, server, files.pki, "admin"), { mode: 0o600 });
  makeCgroups(addresses.cgroup);
  const node = await startNode(addresses.number, join(files.logs, "node.log"));
  connect(addresses, node);
  writeFileSync(files.networkReady, "");

  const api = new ApiClient(server, files.pki);
  const wait = (what: string, holds: () => Promise<boolean>): Promise<void> => {
    say(`waiting for ${what}`);
    return waitFor(what, holds, node, files.logs);
  };
  await wait("the API server", () => api.answers("/readyz"));
  await wait("service accounts", () => api.answers("/api/v1/namespaces/default/serviceaccounts/default"));
  await wait("the node", () => isNodeReady(api));
  kubectl(files.kubeconfig, ["apply", "--filename", "-"], JSON.stringify(corednsManifests(addresses.dnsService)));
  await wait("DNS", () => isDnsReady(api));
  writeFileSync(files.ready, "");
}

async function waitFor(what: string, holds: () => Promise<boolean>, node: RunningNode, logs: string): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!(await holds())) {
    if (!isRunning(node)) throw new Error(`the node ended while waiting for ${what}:\n${endsOfLogs(logs)}`);
    if (performance.now() > end) throw new Error(`${what} did not come up in time:\n${endsOfLogs(logs)}`);
    await sleep(pollMs);
  }
}

interface NodeObject {
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

async function isNodeReady(api: ApiClient): Promise<boolean> {
  const path = `/api/v1/nodes/${nodeName}`;
  if (!(await api.answers(path))) return false;
  const { status } = await api.get<NodeObject>(path);
  return status.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

async function isDnsReady(api: ApiClient): Promise<boolean> {
  const path = "/apis/apps/v1/namespaces/kube-system/deployments/coredns";
  const { status } = await api.get<{ status: { readonly readyReplicas?: number } }>(path);
  return (status.readyReplicas ?? 0) > 0;
}

function kubectl(config: string, args: readonly string[], input: string): void {
  const ended = spawnSync(join(binFolder, "kubectl"), ["--kubeconfig", config, ...args], { input, encoding: "utf8" });
  if (ended.status !== 0) throw new Error(`kubectl ${args.join(" ")}: ${ended.stderr}`);
}

/** The last lines of each log, for whoever must find out what is wrong. */
function endsOfLogs(folder: string): string {
  return readdirSync(folder)
    .map(
      (name) =>
        `--- ${join(folder, name)}\n${readFileSync(join(folder, name), "utf8").trimEnd().split("\n").slice(-5).join("\n")}`,
    )
    .join("\n");
}
