import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { constants } from "node:os";
import { Readable } from "node:stream";
import { identify, isRunning, type ProcessIdentity } from "./process-table.ts";

/** An Envoy that runs, whether this control plane started it or an earlier one. */
export interface EnvoyProcess {
  readonly identity: ProcessIdentity;
  readonly launch: Launch;
  readonly isAdopted: boolean;
  /** Resolves when the process is gone. */
  readonly exited: Promise<EnvoyExit>;
  kill(signal: "SIGTERM" | "SIGKILL"): void;
  /** Stops observing the process; `exited` may never resolve then. */
  release(): void;
}

/** How a process was started. */
export interface Launch {
  readonly binary: string;
  /** Without base id and epoch; see {@link launchHash}. */
  readonly args: readonly string[];
  /** Numbers the shared memory and sockets that successive processes use; absent: hot restart is off. */
  readonly baseId?: number | undefined;
  /** 0 for the first process of a base id, then one more for each successor. */
  readonly epoch: number;
}

/** What is known of the end of a process; both are absent for an adopted one, whose parent we are not. */
export interface EnvoyExit {
  readonly code?: number | undefined;
  readonly signal?: string | undefined;
  /** The program could not be started at all. */
  readonly error?: Error | undefined;
}

/** Where an Envoy's output goes: file descriptors, or `inherit` for our own. */
export interface EnvoyOutput {
  readonly stdout: number | "inherit" | "ignore";
  readonly stderr: number | "inherit" | "ignore";
}

/** Equal for processes that were started alike: what a running Envoy is compared by. */
export function launchHash(launch: Pick<Launch, "binary" | "args">): string {
  return createHash("sha256")
    .update(JSON.stringify([launch.binary, launch.args]))
    .digest("hex")
    .slice(0, 16);
}

/**
 * Envoy asks the system to be told when its parent ends, and then ends, too. So its parent is a small shell that lives as long as
 * Envoy does, in a session of its own: neither our end nor a Ctrl-C in our terminal reaches it. The shell tells Envoy's number
 * through descriptor 3 and ends with Envoy's exit code (128 + n for signal n).
 */
const keeperScript = '"$@" 3>&- & echo $! >&3; exec 3>&-; wait $!';

/** Name of that shell in lists of processes. */
export const keeperName = "envoy-keeper";

/** Starts an Envoy. A program that cannot be started gives an `exited` that says so, never an exception. */
export async function startEnvoy(launch: Launch, output: EnvoyOutput): Promise<EnvoyProcess> {
  const numbering =
    launch.baseId === undefined ? [] : ["--base-id", String(launch.baseId), "--restart-epoch", String(launch.epoch)];
  const command = [launch.binary, ...launch.args, ...numbering];
  let child: ChildProcess;
  try {
    child = spawn("/bin/sh", ["-c", keeperScript, keeperName, ...command], {
      detached: true,
      stdio: ["ignore", output.stdout, output.stderr, "pipe"],
    });
  } catch (error) {
    // Some failures (an argument list that is too long) are thrown instead of emitted.
    return notStarted(launch, error instanceof Error ? error : new Error(String(error)));
  }
  const exited = new Promise<EnvoyExit>((resolve) => {
    child.once("exit", (code, signal) => resolve(exitOf(code, signal)));
    child.once("error", (error) => resolve({ error }));
  });
  const pid = await readPid(child);
  if (pid === undefined)
    return notStarted(launch, (await exited).error ?? new Error("the shell that runs it gave no process number"));
  child.unref();
  const identity = (await identify(pid)) ?? { pid, startedAt: "" };
  return {
    identity,
    launch,
    isAdopted: false,
    exited,
    kill: (signal) => signalProcess(pid, signal),
    release: () => child.removeAllListeners(),
  };
}

async function readPid(child: ChildProcess): Promise<number | undefined> {
  const pipe = child.stdio[3];
  if (!(pipe instanceof Readable)) return undefined;
  let text = "";
  try {
    for await (const part of pipe) text += String(part);
  } catch {
    return undefined;
  }
  return /^[0-9]+\n$/.test(text) ? Number(text) : undefined;
}

function notStarted(launch: Launch, error: Error): EnvoyProcess {
  const nothing = (): void => undefined;
  return {
    identity: { pid: 0, startedAt: "" },
    launch,
    isAdopted: false,
    exited: Promise.resolve({ error }),
    kill: nothing,
    release: nothing,
  };
}

function exitOf(code: number | null, signal: string | null): EnvoyExit {
  if (signal !== null) return { signal };
  const name = Object.entries(constants.signals).find(([, number]) => number + 128 === code)?.[0];
  return name === undefined ? { code: code ?? undefined } : { signal: name };
}

/** How often an adopted process is looked at: there is no event for the end of a process that is not our child. */
const adoptedCheckMs = 250;

/** Takes over an Envoy that an earlier control plane started. */
export function adoptEnvoy(identity: ProcessIdentity, launch: Launch): EnvoyProcess {
  let timer: NodeJS.Timeout | undefined;
  const exited = new Promise<EnvoyExit>((resolve) => {
    const check = async (): Promise<void> => {
      if (await isRunning(identity)) return;
      clearInterval(timer);
      resolve({});
    };
    timer = setInterval(() => void check(), adoptedCheckMs);
    timer.unref();
  });
  return {
    identity,
    launch,
    isAdopted: true,
    exited,
    kill: (signal) => signalProcess(identity.pid, signal),
    release: () => clearInterval(timer),
  };
}

function signalProcess(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
  if (pid <= 1) return;
  try {
    process.kill(pid, signal);
  } catch {
    // Already gone, which is what was wanted.
  }
}
