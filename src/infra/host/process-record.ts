import { createHash } from "node:crypto";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { adminAddressPath, fleetRuntimeDirectory, type HostDirectories } from "./directories.ts";
import { keeperName, type Launch, launchHash } from "./envoy-process.ts";
import { argumentsOf, findByArgument, identify, type ProcessIdentity } from "./process-table.ts";

/** What is written down about the Envoy of a fleet, for the control plane that comes after us and for `egctl`. */
export interface ProcessRecord {
  readonly fleet: string;
  readonly name: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly launchHash: string;
  readonly binary: string;
  readonly baseId?: number | undefined;
  readonly epoch: number;
}

/** A process found running, with how it was started. */
export interface FoundProcess {
  readonly fleet: string;
  readonly name: string;
  readonly identity: ProcessIdentity;
  readonly launch: Launch;
}

const recordFile = "process.json";

/** Writes the record of a running Envoy. Throws what the file system throws: the Envoy can be found without it, only less fast. */
export async function writeRecord(directories: HostDirectories, record: ProcessRecord): Promise<void> {
  const path = join(fleetRuntimeDirectory(directories, record.name), recordFile);
  await writeFile(`${path}.new`, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Forgets a fleet that was stopped. */
export async function removeRecord(directories: HostDirectories, name: string): Promise<void> {
  await rm(fleetRuntimeDirectory(directories, name), { recursive: true, force: true }).catch(() => undefined);
}

/** Names of fleets of which something was written down, or of which an Envoy runs. */
export async function knownFleets(directories: HostDirectories): Promise<string[]> {
  const home = join(directories.runtimeDir, "fleets");
  const names = new Set(await readdir(home).catch(() => []));
  for (const { value } of findByArgument("--admin-address-path")) {
    if (value.startsWith(`${home}/`)) names.add(value.slice(home.length + 1).split("/")[0] ?? "");
  }
  return [...names].filter((name) => name !== "").sort();
}

/** What was written down about all fleets, whether their Envoys live or not. Unreadable records are left out. */
export async function readRecords(directories: HostDirectories): Promise<ProcessRecord[]> {
  const names = await readdir(join(directories.runtimeDir, "fleets")).catch(() => []);
  const records = await Promise.all(names.sort().map((name) => readRecord(directories, name)));
  return records.filter((record) => record !== undefined);
}

async function readRecord(directories: HostDirectories, name: string): Promise<ProcessRecord | undefined> {
  try {
    const value: unknown = JSON.parse(
      await readFile(join(fleetRuntimeDirectory(directories, name), recordFile), "utf8"),
    );
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Envoys that an earlier control plane with the same runtime directory left running, the newest of each fleet first.
 *
 * The record names a process; whether that is still the same one, and how it was really started, is read from the system: a
 * number may have been given to another process since. Without a record (its disk was full) the list of processes is searched
 * for our `--admin-address-path`, which no other Envoy has.
 */
export async function findRunning(directories: HostDirectories, name: string): Promise<FoundProcess[]> {
  const adminPath = adminAddressPath(directories, name);
  const record = await readRecord(directories, name);
  const pids = new Set<number>(record ? [record.pid] : []);
  for (const { pid, value } of findByArgument("--admin-address-path")) if (value === adminPath) pids.add(pid);
  const found: FoundProcess[] = [];
  for (const pid of pids) {
    const process = await inspect(pid, name, adminPath, record);
    if (process) found.push(process);
  }
  return found.sort(
    (a, b) => b.launch.epoch - a.launch.epoch || Number(b.identity.startedAt) - Number(a.identity.startedAt),
  );
}

async function inspect(
  pid: number,
  name: string,
  adminPath: string,
  record: ProcessRecord | undefined,
): Promise<FoundProcess | undefined> {
  const identity = await identify(pid);
  if (!identity) return undefined;
  const list = await argumentsOf(pid);
  // The shell around an Envoy has the same arguments behind its own.
  if (list.includes(keeperName)) return undefined;
  const at = list.indexOf("--admin-address-path");
  if (at < 0 || list[at + 1] !== adminPath) return undefined;
  const fleet = list[list.indexOf("--service-cluster") + 1] ?? "";
  return { fleet, name, identity, launch: launchOf(list, record) };
}

/** Takes a command line apart again. The program's path as it was called is what `launchHash` was made of. */
function launchOf(list: readonly string[], record: ProcessRecord | undefined): Launch {
  const numbering = list.length - 4;
  const hasNumbering = list[numbering] === "--base-id" && list[numbering + 2] === "--restart-epoch";
  const args = list.slice(1, hasNumbering ? numbering : undefined);
  const binary = list[0] ?? record?.binary ?? "";
  return hasNumbering
    ? { binary, args, baseId: Number(list[numbering + 1]), epoch: Number(list[numbering + 3]) }
    : { binary, args, epoch: 0 };
}

export function recordOf(fleet: string, name: string, identity: ProcessIdentity, launch: Launch): ProcessRecord {
  return {
    fleet,
    name,
    ...identity,
    launchHash: launchHash(launch),
    binary: launch.binary,
    baseId: launch.baseId,
    epoch: launch.epoch,
  };
}

/** Envoy multiplies the base id by 10 in 32 bits. */
const maxBaseId = 400_000_000;

/**
 * Number for the shared memory of a fleet's Envoys: always the same for the same attempt, so that what a killed Envoy left behind
 * in `/dev/shm` is used again instead of piling up.
 */
export function baseIdOf(directories: HostDirectories, name: string, attempt: number): number {
  const hash = createHash("sha256").update(`${directories.runtimeDir}\n${name}\n${attempt}`).digest();
  return 1 + (hash.readUInt32BE(0) % maxBaseId);
}

function isRecord(value: unknown): value is ProcessRecord {
  if (typeof value !== "object" || value === null) return false;
  const record = value as Partial<Record<keyof ProcessRecord, unknown>>;
  return (
    typeof record.fleet === "string" &&
    typeof record.name === "string" &&
    typeof record.pid === "number" &&
    typeof record.startedAt === "string" &&
    typeof record.launchHash === "string" &&
    typeof record.binary === "string" &&
    typeof record.epoch === "number"
  );
}
