import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";
import { promisify } from "node:util";

/** A process that runs, told apart from a later one with the same number by its start. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot on Linux, a date elsewhere: only compared, never read. */
  readonly startedAt: string;
}

/** The identity of a process, or `undefined` when there is none (a zombie is none). */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  if (process.platform !== "linux") return identifyWithPs(pid);
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat === undefined) return undefined;
  // The command's name, in parentheses, may contain anything; the fields start behind the last one. Field 3 is the state, 22 the start.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const startedAt = fields[19];
  return fields[0] === "Z" || startedAt === undefined ? undefined : { pid, startedAt };
}

export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await identify(identity.pid))?.startedAt === identity.startedAt;
}

/** Arguments of a process, the program first; empty when it is gone or cannot be read. */
export async function argumentsOf(pid: number): Promise<readonly string[]> {
  if (process.platform !== "linux") {
    const line = await ps(pid, "command=");
    return line === undefined ? [] : line.split(" ");
  }
  return splitArguments(await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""));
}

/**
 * Values of `option` in the arguments of all processes that can be read, with their numbers. Linux only; elsewhere none.
 * Reads synchronously: some hundred tiny files take a few milliseconds that way and ten times that otherwise, and an Envoy waits.
 */
export function findByArgument(option: string): { readonly pid: number; readonly value: string }[] {
  if (process.platform !== "linux") return [];
  const found: { pid: number; value: string }[] = [];
  for (const entry of readdirSync("/proc")) {
    if (!/^[0-9]+$/.test(entry)) continue;
    const list = splitArguments(readNow(`/proc/${entry}/cmdline`));
    const at = list.indexOf(option);
    const value = list[at + 1];
    if (at >= 0 && value !== undefined) found.push({ pid: Number(entry), value });
  }
  return found;
}

function readNow(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // The process ended meanwhile, or belongs to another user.
    return "";
  }
}

function splitArguments(text: string): string[] {
  return text === "" ? [] : text.replace(/\0$/, "").split("\0");
}

/** Who listens on a TCP port of this machine. */
export interface PortHolder {
  /** Absent when the process belongs to another user. */
  readonly pid?: number;
  /** Name of its program. */
  readonly command?: string;
}

/**
 * The processes that listen on a TCP port, found without touching the port; `likely` ones are looked at first, which saves going
 * through all processes when the port is theirs. Linux only; elsewhere nobody is found.
 */
export async function portHolders(port: number, likely: Iterable<number> = []): Promise<PortHolder[]> {
  const inodes = await listeningInodes(port);
  if (inodes.size === 0) return [];
  const holders = await ownersOfSockets(inodes, [...likely].map(String));
  if (inodes.size > 0) holders.push(...(await ownersOfSockets(inodes, await readdir("/proc"))));
  return holders.length > 0 ? holders : [{}];
}

async function listeningInodes(port: number): Promise<Set<string>> {
  const inodes = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of (await readFile(table, "utf8").catch(() => "")).split("\n").slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      const isListening = state === "0A";
      if (isListening && inode !== undefined && Number.parseInt(local?.split(":")[1] ?? "", 16) === port)
        inodes.add(inode);
    }
  }
  return inodes;
}

/** Which of these processes have one of the sockets open; sockets that were found are taken out of `inodes`. */
async function ownersOfSockets(inodes: Set<string>, pids: readonly string[]): Promise<PortHolder[]> {
  const owners: PortHolder[] = [];
  for (const pid of pids) {
    if (inodes.size === 0) break;
    if (!/^[0-9]+$/.test(pid)) continue;
    let isOwner = false;
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "");
      if (target.startsWith("socket:[") && inodes.delete(target.slice("socket:[".length, -1))) isOwner = true;
    }
    if (!isOwner) continue;
    owners.push({ pid: Number(pid), command: await commandName(pid) });
  }
  return owners;
}

async function identifyWithPs(pid: number): Promise<ProcessIdentity | undefined> {
  const startedAt = await ps(pid, "lstart=");
  return startedAt === undefined ? undefined : { pid, startedAt };
}

async function ps(pid: number, column: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-o", column, "-p", String(pid)]);
    return stdout.trim() === "" ? undefined : stdout.trim();
  } catch {
    return undefined;
  }
}

/**
 * A process in a few words: its program, and the script that an interpreter runs. The system's own name for it is that of a thread,
 * such as `MainThread` for every Node.js, and is taken only where arguments cannot be read.
 */
async function commandName(pid: string): Promise<string> {
  const [program, ...others] = await argumentsOf(Number(pid));
  if (program === undefined || program === "")
    return (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")).trim();
  const script = others.slice(0, 5).find((argument) => /\.(ts|m?js|cjs|py)$/.test(argument));
  return script === undefined ? basename(program) : `${basename(program)} ${basename(script)}`;
}
