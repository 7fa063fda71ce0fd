import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { FleetProblem, InfraLogger } from "../fleet.ts";
import { readAdminAddress } from "./admin-client.ts";
import {
  adminAddressPath,
  fleetLogDirectory,
  fleetRuntimeDirectory,
  type HostDirectories,
  privateDirectory,
} from "./directories.ts";
import { followLog, type LogLine, logEnvoyLine, openLogs, rotateLog } from "./envoy-log.ts";
import { adoptEnvoy, type EnvoyProcess, type Launch, launchHash, startEnvoy } from "./envoy-process.ts";
import { type FoundProcess, recordOf, writeRecord } from "./process-record.ts";
import type { RunningEnvoy } from "./running-envoy.ts";

export interface StarterOptions {
  readonly key: string;
  readonly name: string;
  readonly directories: HostDirectories;
  readonly logger: InfraLogger;
  /** Where access logs on standard output go: a file, or our own standard output. */
  readonly stdout: "file" | "inherit";
  readonly onLogLine: (line: LogLine) => void;
}

const keptErrors = 5;

/**
 * Starts and adopts the Envoys of one fleet and everything that belongs to a process: runtime directory, logs, record.
 * What the disk refuses is reported as a warning; the Envoy runs nevertheless.
 */
export class EnvoyStarter {
  readonly #options: StarterOptions;

  constructor(options: StarterOptions) {
    this.#options = options;
  }

  async start(launch: Launch): Promise<{ readonly envoy: RunningEnvoy; readonly warnings: readonly FleetProblem[] }> {
    const { directories, key, name, stdout } = this.#options;
    const warnings: FleetProblem[] = [];
    const warn = (message: string): void => {
      warnings.push({ severity: "warning", code: "directory-unusable", message });
    };
    await this.#prepareRuntime().catch((error: unknown) => warn(`Envoy is not recorded: ${text(error)}`));
    const logs = await openLogs(fleetLogDirectory(directories, name));
    if (logs.problem !== undefined) warn(`Envoy writes no log: ${logs.problem}`);
    await rotateLog(logs.errorsPath).catch(() => undefined);
    const from = (await logs.errors?.stat())?.size ?? 0;
    const process = await startEnvoy(launch, {
      stdout: stdout === "inherit" ? "inherit" : (logs.access?.fd ?? "ignore"),
      stderr: logs.errors?.fd ?? "ignore",
    });
    await Promise.all([logs.access?.close(), logs.errors?.close()]);
    const envoy = this.#running(process);
    if (logs.errors) await this.#follow(envoy, logs.errorsPath, from);
    await writeRecord(directories, recordOf(key, name, process.identity, launch)).catch((error: unknown) => {
      if (warnings.length === 0) warn(`Envoy is not recorded: ${text(error)}`);
    });
    return { envoy, warnings };
  }

  async adopt(found: FoundProcess): Promise<RunningEnvoy> {
    const { directories, name } = this.#options;
    const envoy = this.#running(adoptEnvoy(found.identity, found.launch));
    envoy.adminAddress = await readAdminAddress(adminAddressPath(directories, name));
    await this.#follow(envoy, join(fleetLogDirectory(directories, name), "envoy.log"), undefined);
    return envoy;
  }

  /** The former Envoy's address must be gone before the new one starts, or it would be taken for the new one's. */
  async #prepareRuntime(): Promise<void> {
    const { directories, name } = this.#options;
    await privateDirectory(directories.runtimeDir);
    await privateDirectory(fleetRuntimeDirectory(directories, name));
    await rm(adminAddressPath(directories, name), { force: true });
  }

  #running(process: EnvoyProcess): RunningEnvoy {
    return {
      process,
      launchHash: launchHash(process.launch),
      since: performance.now(),
      adminAddress: undefined,
      isServing: false,
      isGone: false,
      follower: undefined,
      lastErrors: [],
    };
  }

  async #follow(envoy: RunningEnvoy, path: string, from: number | undefined): Promise<void> {
    envoy.follower = await followLog({
      path,
      ...(from !== undefined && { from }),
      onLine: (line) => {
        if (line.level === "error") envoy.lastErrors.push(line.message);
        if (envoy.lastErrors.length > keptErrors) envoy.lastErrors.shift();
        this.#options.onLogLine(line);
        logEnvoyLine(this.#options.logger, this.#options.key, line);
      },
    });
  }
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
