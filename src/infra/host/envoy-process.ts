import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
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
  return createHash("sha256").update(JSON.stringify([launch.binary, launch.args])).digest("hex").slice(0, 16);
}

/**
 * Starts an Envoy in a session of its own, so that neither our end nor a Ctrl-C in our terminal ends it.
 * A program that cannot be started gives an `exited` with an error, never an exception.
 */
export async function startEnvoy(launch: Launch, output: EnvoyOutput): Promise<EnvoyProcess> {
  const numbering = launch.baseId === undefined ? [] : ["--base-id", String(launch.baseId), "--restart-epoch", String(launch.epoch)];
  let exited: Promise<EnvoyExit>;
  let pid: number | undefined;
  let release = (): void => undefined;
  try {
    const child = spawn(launch.binary, [...launch.args, ...numbering], { detached: true, stdio: ["ignore", output.stdout, output.stderr] });
    exited = new Promise((resolve) => {
      child.once("exit", (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
      child.once("error", (error) => resolve({ error }));
    });
    release = () => child.removeAllListeners("exit");
    child.unref();
    pid = child.pid;
  } catch (error) {
    // Some failures (an argument list that is too long) are thrown instead of emitted.
    exited = Promise.resolve({ error: error instanceof Error ? error : new Error(String(error)) });
  }
  const identity = (pid === undefined ? undefined : await identify(pid)) ?? { pid: pid ?? -1, startedAt: "" };
  return { identity, launch, isAdopted: false, exited, kill: (signal) => signalProcess(identity.pid, signal), release };
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
