/**
 * The node: runs in the cluster's own namespaces, makes the mounts, and starts and restarts what a Kubernetes node and its
 * control plane consist of. Its parent is process 1 there, so that everything ends with it. Argument: the cluster's number.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { addressesOf } from "../addresses.ts";
import { ApiClient } from "../api-client.ts";
import { folderOf } from "../build/build.ts";
import { parts } from "../build/parts.ts";
import { kubeconfig } from "../kubeconfig.ts";
import { makeMachineFolder } from "../machine-folders.ts";
import { filesOf, imagesFolder } from "../paths.ts";
import { systemPath } from "../prerequisites.ts";
import { runLoadBalancer } from "./load-balancer.ts";
import { nodePrograms } from "./programs.ts";
import {
  apiServerOf,
  containerdSettings,
  containerdSocket,
  kubeletSettings,
  nodeName,
  podNetwork,
  podNetworkFolder,
  proxySettings,
} from "./settings.ts";
import { keepRunning } from "./supervisor.ts";

const pollMs = 50;
const addresses = addressesOf(Number(process.argv[2]));
const files = filesOf(addresses.number);
process.env["PATH"] = systemPath(...parts.map(folderOf));

try {
  await runNode();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}

async function runNode(): Promise<void> {
  makeMounts();
  writeSettings();
  run("hostname", nodeName);
  run("ip", "link", "set", "lo", "up");
  writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");
  await until(() => existsSync(files.networkReady));

  const { first, controllers, workers } = nodePrograms(addresses, files);
  for (const program of first) keepRunning(program, files.logs);
  const api = new ApiClient(apiServerOf(addresses), files.pki);
  await until(() => api.answers("/readyz"));
  for (const program of controllers) keepRunning(program, files.logs);
  await until(() => spawnSync("ctr", ["version"]).status === 0);
  const images = readdirSync(imagesFolder).filter((name) => name.endsWith(".tar"));
  for (const image of images) run("ctr", "-n", "k8s.io", "images", "import", "--no-unpack", join(imagesFolder, image));
  for (const program of workers) keepRunning(program, files.logs);
  const log = join(files.logs, "load-balancer.log");
  await runLoadBalancer(api, addresses.loadBalancers, (text) =>
    appendFileSync(log, `${new Date().toISOString()} ${text}\n`),
  );
}

/** What programs write outside the cluster's folder is hidden from the machine. The kubelet's folder passes its mounts on to pods. */
function makeMounts(): void {
  const bind = (name: string, target: string): void => {
    mkdirSync(join(files.folder, name), { recursive: true });
    makeMachineFolder(target);
    run("mount", "--bind", join(files.folder, name), target);
  };
  run("mount", "-t", "tmpfs", "tmpfs", "/run");
  for (const folder of ["/run/netns", "/run/containerd"]) mkdirSync(folder);
  bind("kubelet", "/var/lib/kubelet");
  run("mount", "--make-shared", "/var/lib/kubelet");
  bind("pod-logs", "/var/log/pods");
  bind("container-logs", "/var/log/containers");
  bind("pod-addresses", "/var/lib/cni");
}

function writeSettings(): void {
  const write = (name: string, text: string): void => writeFileSync(join(files.folder, name), text, { mode: 0o600 });
  write("resolv.conf", "");
  write("containerd.toml", containerdSettings(files.folder, pathOf("runc")));
  write("kubelet.yaml", kubeletSettings(addresses, files));
  write("proxy.yaml", proxySettings(addresses, files));
  mkdirSync(join(files.folder, podNetworkFolder));
  write(join(podNetworkFolder, "10-pods.conflist"), podNetwork(addresses));
  for (const party of ["controller-manager", "scheduler", "proxy", "kubelet"]) {
    write(`${party}.kubeconfig`, kubeconfig(addresses.name, apiServerOf(addresses), files.pki, party));
  }
}

function pathOf(program: string): string {
  const folder = systemPath()
    .split(":")
    .find((folder) => existsSync(join(folder, program)));
  if (folder === undefined) throw new Error(`${program} is not there`);
  return join(folder, program);
}

function run(program: string, ...args: string[]): void {
  const ended = spawnSync(program, args, {
    encoding: "utf8",
    env: { ...process.env, CONTAINERD_ADDRESS: containerdSocket },
  });
  if (ended.status !== 0) throw new Error(`${[program, ...args].join(" ")}: ${ended.stderr ?? ended.error?.message}`);
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(pollMs);
}
