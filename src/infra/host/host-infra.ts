import { join } from "node:path";
import type { Address } from "../bootstrap/address.ts";
import {
  type FleetProblem,
  type FleetSpec,
  type FleetStatus,
  fleetName,
  type InfraLogger,
  type Infrastructure,
} from "../fleet.ts";
import { type BackoffOptions, defaultBackoff } from "./backoff.ts";
import { fleetLogDirectory, type HostDirectories } from "./directories.ts";
import { rotateLog } from "./envoy-log.ts";
import { FleetSupervisor } from "./fleet-supervisor.ts";
import type { LaunchSettings } from "./launch-plan.ts";
import { portProblems } from "./ports.ts";
import { findRunning, knownFleets, removeRecord } from "./process-record.ts";

export interface HostInfraOptions {
  readonly directories: HostDirectories;
  /** Where Envoys reach the control plane, e.g. `{ host: "127.0.0.1", port: 18000 }`. */
  readonly xdsAddress: Address;
  readonly logger: InfraLogger;
  /** Envoy named by the user (flag, `ENVOY_BIN`, `ENVOY`). */
  readonly explicitEnvoy?: string | undefined;
  /** Envoys installed with this program, see {@link findEnvoy}. Default: none. */
  readonly bundledEnvoys?: readonly { readonly path: string; readonly version: string }[] | undefined;
  /** Where else to look for an Envoy. Default: the environment's `PATH`. */
  readonly searchPath?: string | undefined;
  /** Plaintext to the control plane instead of mTLS; for tests. Default: false. */
  readonly isPlaintext?: boolean | undefined;
  /** Default: 127.0.0.1, a port the system chooses. A fixed port serves one fleet only. */
  readonly adminAddress?: Address | undefined;
  /** Listener for Prometheus; needs a fixed admin port. Default: none. */
  readonly metricsAddress?: Address | undefined;
  /** Where access logs that go to standard output end up. Default: `file` (`<stateHome>/logs/<fleet>/access.log`). */
  readonly stdout?: "file" | "inherit" | undefined;
  /** How long requests in flight may take when an Envoy is stopped. Default: 5 s. */
  readonly stopTimeoutMs?: number | undefined;
  readonly backoff?: BackoffOptions | undefined;
}

const logRotationMs = 60_000;

/**
 * Runs every fleet as one Envoy process on this machine.
 *
 * Envoys are children in name only: they go on when the control plane dies, and the next one, given the same directories, takes
 * them over when their arguments still fit, or replaces them by hot restart. Nothing is looked for before the first call of
 * `upsert`, `remove` or `reconcile`.
 */
export function createHostInfra(options: HostInfraOptions): Infrastructure {
  return new HostInfra(options);
}

class HostInfra implements Infrastructure {
  readonly #options: HostInfraOptions;
  readonly #settings: LaunchSettings;
  readonly #fleets = new Map<string, FleetSupervisor>();
  readonly #watchers = new Set<(status: FleetStatus) => void>();
  /** Names of fleets whose Envoys, if any run, are left as they are: neither taken over nor stopped. */
  readonly #leftAlone = new Set<string>();
  readonly #background = new Set<Promise<void>>();
  readonly #rotation: NodeJS.Timeout;
  #isStopped = false;

  constructor(options: HostInfraOptions) {
    this.#options = options;
    this.#settings = {
      directories: options.directories,
      xdsAddress: options.xdsAddress,
      isPlaintext: options.isPlaintext ?? false,
      adminAddress: options.adminAddress ?? { host: "127.0.0.1", port: 0 },
      metricsAddress: options.metricsAddress,
      explicitEnvoy: options.explicitEnvoy,
      bundledEnvoys: options.bundledEnvoys ?? [],
      searchPath: options.searchPath ?? process.env.PATH ?? "",
    };
    this.#rotation = setInterval(() => void this.#rotateLogs(), logRotationMs);
    this.#rotation.unref();
  }

  upsert(spec: FleetSpec): void {
    if (this.#isStopped) return;
    const fleet = this.#fleet(spec.key, spec.name);
    const former = fleet.spec;
    if (former && JSON.stringify(former) === JSON.stringify(spec)) return;
    fleet.want(spec);
    if (JSON.stringify(former?.ports) !== JSON.stringify(spec.ports)) this.#track(this.#checkPorts(spec, fleet));
  }

  remove(key: string): void {
    this.#fleets.get(key)?.want(undefined);
    if (this.#leftAlone.delete(fleetName(key))) this.#track(this.#stopLeftovers());
  }

  reconcile(specs: readonly FleetSpec[], idle: readonly FleetSpec[] = []): void {
    for (const spec of specs) this.upsert(spec);
    const wanted = new Set([...specs, ...idle].map((spec) => spec.key));
    for (const { name } of idle) this.#leftAlone.add(name);
    for (const [key, fleet] of this.#fleets) if (!wanted.has(key) && fleet.spec) fleet.want(undefined);
    this.#track(this.#stopLeftovers());
  }

  statuses(): readonly FleetStatus[] {
    return [...this.#fleets.values()].map((fleet) => fleet.status());
  }

  watch(listener: (status: FleetStatus) => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#background);
    await Promise.all([...this.#fleets.values()].map((fleet) => fleet.idle()));
  }

  async stop({ keepEnvoys }: { readonly keepEnvoys: boolean }): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#rotation);
    if (!keepEnvoys) {
      for (const fleet of this.#fleets.values()) fleet.want(undefined);
      if (this.#leftAlone.size > 0) {
        this.#leftAlone.clear();
        this.#track(this.#stopLeftovers());
      }
    }
    await this.settled();
    await Promise.all([...this.#fleets.values()].map((fleet) => fleet.release()));
  }

  #fleet(key: string, name: string): FleetSupervisor {
    const known = this.#fleets.get(key);
    if (known) return known;
    const fleet = new FleetSupervisor({
      key,
      name,
      settings: this.#settings,
      logger: this.#options.logger,
      backoff: this.#options.backoff ?? defaultBackoff,
      stdout: this.#options.stdout ?? "file",
      stopTimeoutMs: this.#options.stopTimeoutMs ?? 5_000,
      onBindProblem: (problem) => {
        if (fleet.spec) this.#track(this.#checkPorts(fleet.spec, fleet, problem));
      },
      onStatus: (status) => this.#statusChanged(status),
    });
    this.#fleets.set(key, fleet);
    return fleet;
  }

  #statusChanged(status: FleetStatus): void {
    if (status.state === "stopped" && !this.#fleets.get(status.key)?.spec) this.#fleets.delete(status.key);
    for (const watcher of this.#watchers) watcher(status);
  }

  /** Ends Envoys of fleets that vanished while no control plane ran. */
  async #stopLeftovers(): Promise<void> {
    const names = new Set([...this.#fleets].map(([, fleet]) => fleet.status().name));
    for (const name of await knownFleets(this.#options.directories)) {
      if (names.has(name) || this.#leftAlone.has(name)) continue;
      const [running] = await findRunning(this.#options.directories, name);
      if (!running) {
        await removeRecord(this.#options.directories, name);
        continue;
      }
      this.#options.logger.info(
        { component: "infrastructure", fleet: running.fleet },
        "stopping the Envoy of a Gateway that is gone",
      );
      const leftover = this.#fleet(running.fleet, name);
      leftover.want(undefined);
      await leftover.idle();
    }
  }

  /** Finds out who else wants a fleet's ports; `said` is what Envoy told, in case nobody is found. */
  async #checkPorts(spec: FleetSpec, fleet: FleetSupervisor, said?: FleetProblem): Promise<void> {
    await fleet.idle();
    const others = [...this.#fleets.values()].flatMap((other) => (other !== fleet && other.spec ? [other.spec] : []));
    const own = new Set([...this.#fleets.values()].flatMap((any) => any.pids));
    const found = await portProblems(spec, others, own);
    if (fleet.spec !== spec) return;
    const problems = found.length === 0 && said ? [said] : found;
    if (JSON.stringify(problems) === JSON.stringify(fleet.portProblems)) return;
    fleet.setPortProblems(problems);
    for (const problem of problems)
      this.#options.logger.error({ component: "infrastructure", fleet: spec.key }, problem.message);
  }

  async #rotateLogs(): Promise<void> {
    for (const fleet of this.#fleets.values()) {
      const directory = fleetLogDirectory(this.#options.directories, fleet.status().name);
      await rotateLog(join(directory, "access.log")).catch(() => undefined);
    }
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        this.#options.logger.error({ component: "infrastructure", err: error }, "unexpected failure");
      })
      .finally(() => this.#background.delete(tracked));
    this.#background.add(tracked);
  }
}
