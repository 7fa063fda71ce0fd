/** The node's namespaces: how they are made, found, entered and ended. */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { folderOf } from "../build/build.ts";
import { parts } from "../build/parts.ts";
import { systemPath } from "../prerequisites.ts";
import { containerdSocket } from "./settings.ts";

const initProgram: string = join(import.meta.dirname, "init.ts");

/** A node, of this project or another on the machine. */
export interface RunningNode {
  /** Process id of process 1 of the node, as the machine sees it. */
  readonly pid: number;
  readonly number: number;
  /** Whether it belongs to this project's folder. */
  readonly isOurs: boolean;
}

/** Process 1 is a shell: it waits for processes whose parents have ended, which Node does not. It ends when the node's program does. */
const firstProcess = ["sh", "-c", '"$@" & wait $!', "node"];

const newNamespaces = [
  ...["--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "--mount-proc"],
  ...["--propagation", "private", "--kill-child=SIGKILL"],
];

/** Starts the node in namespaces of its own; it outlives this process. Output goes to the file. */
export async function startNode(number: number, log: string): Promise<RunningNode> {
  const output = openSync(log, "a");
  const init = [process.execPath, "--disable-warning=ExperimentalWarning", initProgram, String(number)];
  const child = spawn("unshare", [...newNamespaces, "--", ...firstProcess, ...init], {
    detached: true,
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  let failure: string | undefined;
  child.on("error", (error) => (failure = error.message));
  child.on("exit", () => (failure = readFileSync(log, "utf8").trim() || "it ended at once"));
  child.unref();
  for (;;) {
    const node = findNode(number);
    if (node) return node;
    if (failure !== undefined) throw new Error(`the node cannot be started: ${failure}`);
    await sleep(20);
  }
}

/** The node with this number that belongs to this project's folder. */
export function findNode(number: number): RunningNode | undefined {
  return runningNodes().find((node) => node.isOurs && node.number === number);
}

/** All nodes on the machine, told by the command lines of their processes. */
export function runningNodes(): RunningNode[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => readNode(Number(pid)) ?? []);
}

function readNode(pid: number): RunningNode | undefined {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
    const program = words.at(-2);
    if (words[0] !== firstProcess[0] || !program?.endsWith("/tools/cluster/node/init.ts")) return undefined;
    // The last of its ids is the one in its own namespace.
    if (!/^NSpid:.*\t1$/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))) return undefined;
    return { pid, number: Number(words.at(-1)), isOurs: program === initProgram };
  } catch {
    // It ended while it was looked at.
    return undefined;
  }
}

export function isRunning(node: RunningNode): boolean {
  return readNode(node.pid)?.number === node.number;
}

/** Ends every process of the node at once, and with them its mounts and networks. */
export async function endNode(node: RunningNode): Promise<void> {
  const namespace = processNamespace(String(node.pid));
  process.kill(node.pid, "SIGKILL");
  // Process 1 loses its command line before the others of its namespace have ended.
  while (isRunning(node) || hasProcesses(namespace)) await sleep(20);
}

function hasProcesses(namespace: string | undefined): boolean {
  return namespace !== undefined && readdirSync("/proc").some((name) => processNamespace(name) === namespace);
}

/** Nothing for a process that has just ended, and for whatever else lies in /proc. */
function processNamespace(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

/** Runs a program in the node's namespaces, on our own terminal, with the cluster's programs on PATH; returns its exit code. */
export function runInNode(
  node: RunningNode,
  command: readonly string[],
  stdio: "inherit" | "pipe" = "inherit",
): number {
  const environment = [`PATH=${systemPath(...parts.map(folderOf))}`, `CONTAINERD_ADDRESS=${containerdSocket}`];
  const enter = ["--target", String(node.pid), "--net", "--mount", "--uts", "--ipc", "--pid"];
  const ended = spawnSync("nsenter", [...enter, "--", "env", ...environment, ...command], { stdio, encoding: "utf8" });
  if (stdio === "pipe" && ended.status !== 0) throw new Error(`${command.join(" ")}: ${ended.stderr}`);
  return ended.status ?? 1;
}
