import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { identify } from "../infra/host/process-table.ts";
import { StartError } from "./start-error.ts";

/** What a running control plane tells others on the same machine about itself. */
export interface Instance {
  readonly pid: number;
  /** When the process started, as the system tells it; a number may be given to another process later. */
  readonly startedAt: string;
  /** `host:port` of the admin server. */
  readonly admin: string;
}

const file = (runtimeDir: string): string => join(runtimeDir, "control-plane.json");

/** The control plane that runs with this runtime directory, if there is one. */
export async function runningInstance(runtimeDir: string): Promise<Instance | undefined> {
  const recorded = readInstance(runtimeDir);
  if (!recorded) return undefined;
  const identity = await identify(recorded.pid);
  return identity?.startedAt === recorded.startedAt ? recorded : undefined;
}

/**
 * Throws a {@link StartError} if another control plane uses the directory: each would stop the other's Envoys.
 * The same process may do so again (after a restart of its parts).
 */
export async function requireAlone(runtimeDir: string): Promise<void> {
  const other = await runningInstance(runtimeDir);
  if (!other || other.pid === process.pid) return;
  throw new StartError(
    `Another control plane (process ${other.pid}) runs Envoys in ${runtimeDir}. End it, or choose another directory ` +
      "(--state-dir, or provider.custom.infrastructure.host.runtimeDir in the configuration).",
  );
}

/** Writes down that this process runs the Envoys of a directory. A directory that cannot be written is reported by others. */
export async function recordInstance(runtimeDir: string, admin: string): Promise<void> {
  const identity = await identify(process.pid);
  const instance: Instance = { pid: process.pid, startedAt: identity?.startedAt ?? "", admin };
  try {
    mkdirSync(runtimeDir, { recursive: true, mode: 0o700 });
    const path = file(runtimeDir);
    writeFileSync(`${path}.new`, `${JSON.stringify(instance)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch {
    // Without it commands need to be told where the admin server is.
  }
}

/** Forgets what {@link recordInstance} wrote. */
export function forgetInstance(runtimeDir: string): void {
  if (readInstance(runtimeDir)?.pid === process.pid) rmSync(file(runtimeDir), { force: true });
}

function readInstance(runtimeDir: string): Instance | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file(runtimeDir), "utf8"));
    if (typeof value !== "object" || value === null) return undefined;
    const { pid, startedAt, admin } = value as Partial<Record<keyof Instance, unknown>>;
    return typeof pid === "number" && typeof startedAt === "string" && typeof admin === "string"
      ? { pid, startedAt, admin }
      : undefined;
  } catch {
    return undefined;
  }
}
