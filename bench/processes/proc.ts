/** What /proc says about processes. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** Length of a tick of `utime` and `stime`, in ms: USER_HZ is 100 on all Linux systems that Node runs on. */
const tickMs = 10;

export interface ProcessState {
  readonly pid: number;
  readonly parent: number;
  /** User and system time since it started, in ms, in steps of 10. */
  readonly cpuMs: number;
  /** Clock ticks after boot; tells a process from a later one with the same id. */
  readonly startedAt: number;
}

/** CPU time and resident memory of a control plane and of its Envoys, apart. */
export interface Usage {
  readonly controlPlaneCpuMs: number;
  readonly controlPlaneMb: number;
  readonly envoyCpuMs: number;
  readonly envoyMb: number;
}

/** Reads `/proc/<pid>/stat`; the command in parentheses may itself have spaces and parentheses. */
export function parseStat(text: string): ProcessState {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  // Fields are counted from 1 in proc_pid_stat(5); the first after the command is number 3.
  const field = (number: number): number => Number(fields[number - 3]);
  return {
    pid: Number.parseInt(text, 10),
    parent: field(4),
    cpuMs: (field(14) + field(15)) * tickMs,
    startedAt: field(22),
  };
}

/** A process; nothing when there is none with this id, or only what is left of it until its parent asks. */
export function findProcess(pid: number): ProcessState | undefined {
  const text = read(pid, "stat");
  return text === undefined || /\) [ZX] /.test(text) ? undefined : parseStat(text);
}

/** A process and all below it. */
export function processTree(root: number): ProcessState[] {
  const all = allProcesses().flatMap((pid) => findProcess(pid) ?? []);
  const tree = all.filter(({ pid }) => pid === root);
  for (const member of tree) tree.push(...all.filter(({ parent }) => parent === member.pid));
  return tree;
}

/** Processes, but this one, with an argument that has the text in it. */
export function processesThatName(text: string): number[] {
  return allProcesses().filter(
    (pid) => pid !== process.pid && argumentsOf(pid).some((argument) => argument.includes(text)),
  );
}

export function isEnvoy(pid: number): boolean {
  try {
    return /^envoy([-_.]?v?\d.*)?$/.test(basename(readlinkSync(`/proc/${pid}/exe`)));
  } catch {
    return false;
  }
}

/** What a gateway uses: its control plane (the started process with helpers), and Envoys below it. */
export function usageOf(root: number): Usage {
  const sum = { controlPlaneCpuMs: 0, controlPlaneMb: 0, envoyCpuMs: 0, envoyMb: 0 };
  for (const { pid, cpuMs } of processTree(root)) {
    const who = isEnvoy(pid) ? "envoy" : "controlPlane";
    sum[`${who}CpuMs`] += cpuMs;
    sum[`${who}Mb`] += residentMb(pid);
  }
  return sum;
}

/** Resident memory in MB (of 1,000,000 bytes). */
export function residentMb(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(read(pid, "status") ?? "")?.[1] ?? "0";
  return (Number(kib) * 1024) / 1e6;
}

/** The arguments a process was started with. */
export function argumentsOf(pid: number): string[] {
  return (read(pid, "cmdline") ?? "").split("\0");
}

function allProcesses(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function read(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}
