/** `cluster down`: nothing of a cluster is left on the machine. */
import { existsSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { addressesOf } from "./addresses.ts";
import { removeCgroups } from "./cgroups.ts";
import { removeMachineFolders } from "./machine-folders.ts";
import { disconnect, isConnected } from "./network.ts";
import { endNode, findNode, runningNodes } from "./node/namespaces.ts";
import { filesOf } from "./paths.ts";

/** The kernel takes a moment to end the last processes and mounts. */
const patienceMs = 20_000;
const pollMs = 50;

/** Removes processes, interface, cgroups and files, however much of them there is. Returns whether there was anything. */
export async function removeCluster(number: number): Promise<boolean> {
  const addresses = addressesOf(number);
  const { folder } = filesOf(number);
  const node = findNode(number);
  const isThere = node !== undefined || existsSync(folder) || isConnected(addresses);
  if (node) await endNode(node);
  disconnect(addresses);
  for (const end = performance.now() + patienceMs; !removeCgroups(addresses.cgroup); await sleep(pollMs)) {
    if (performance.now() > end)
      throw new Error(`processes of ${addresses.name} do not end: see cgroup ${addresses.cgroup}`);
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: pollMs });
  if (runningNodes().length === 0) removeMachineFolders();
  return isThere;
}
