/** Processes that the benchmark starts, and what /proc tells of them. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Length of a clock tick of /proc, in ms: USER_HZ is 100 on every Linux that Node runs on. */
const tickMs = 10;

export interface Usage {
  /** User and system time since the start, in ms, in steps of 10. */
  readonly cpuMs: number;
  /** Resident memory, in MB. */
  readonly rssMb: number;
}

interface ProcessStat extends Usage {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
}

/** Starts a program whose output goes into a file. */
export function start(program: string, args: readonly string[], log: string): ChildProcess {
  const output = openSync(log, "a");
  const child = spawn(program, args, { stdio: ["ignore", output, output] });
  closeSync(output);
  return child;
}

/** Ends a process and what it started: politely first, after 10 s for good. Returns when it has ended. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const family = tree(child.pid);
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  if (!isOver()) child.kill("SIGTERM");
  for (let waited = 0; !isOver() && waited < 10_000; waited += 20) await sleep(20);
  if (!isOver()) child.kill("SIGKILL");
  for (const { pid, name } of family) {
    if (pid !== child.pid && readStat(pid)?.name === name) kill(pid);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself in between.
  }
}

/** Usage of a process and all below it: Envoys, and the rest. */
export function usage(root: number): { readonly envoy: Usage; readonly controlPlane: Usage } {
  const all = tree(root);
  return { envoy: sum(all.filter(isEnvoy)), controlPlane: sum(all.filter((entry) => !isEnvoy(entry))) };
}

const isEnvoy = ({ name }: ProcessStat): boolean => name === "envoy";

function sum(entries: readonly Usage[]): Usage {
  return {
    cpuMs: entries.reduce((total, { cpuMs }) => total + cpuMs, 0),
    rssMb: entries.reduce((total, { rssMb }) => total + rssMb, 0),
  };
}

/** A process and its descendants. */
function tree(root: number): ProcessStat[] {
  const all = readdirSync("/proc").flatMap((entry) => (/^\d+$/.test(entry) ? (readStat(Number(entry)) ?? []) : []));
  const found = all.filter(({ pid }) => pid === root);
  for (const member of found) found.push(...all.filter(({ parent }) => parent === member.pid));
  return found;
}

/** Reads /proc/PID/stat (proc_pid_stat(5)); the name, in parentheses, may hold spaces. Undefined when the process is gone. */
function readStat(pid: number): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const at = (position: number) => Number(fields[position - 3]);
    const rss = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
    return {
      pid,
      parent: at(4),
      name: text.slice(text.indexOf("(") + 1, text.lastIndexOf(")")),
      cpuMs: (at(14) + at(15)) * tickMs,
      rssMb: Number(rss) / 1024,
    };
  } catch {
    return undefined;
  }
}

/** Waits until a process and those below it use less than 5 % of a core over half a second, at most 15 s. */
export async function quiet(root: number): Promise<void> {
  const total = () => {
    const { envoy, controlPlane } = usage(root);
    return envoy.cpuMs + controlPlane.cpuMs;
  };
  for (let tries = 0, before = total(); tries < 30; tries++) {
    await sleep(500);
    const now = total();
    if (now - before <= 25) return;
    before = now;
  }
}
