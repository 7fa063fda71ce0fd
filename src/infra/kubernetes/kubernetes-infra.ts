import { setTimeout as sleep } from "node:timers/promises";
import type { KubeClient } from "../../kube/client.ts";
import type { Reflector } from "../../kube/reflector.ts";
import type { FleetSpec, FleetStatus, InfraLogger, Infrastructure } from "../fleet.ts";
import { AccountUsers } from "./account-users.ts";
import { FleetKeeper, type KeeperSurroundings } from "./fleet-keeper.ts";
import { FollowedNodes } from "./followed-nodes.ts";
import { followedPlaces } from "./followed-places.ts";
import { LiveObjects } from "./live-objects.ts";
import type { InfraWrite } from "./object-writer.ts";
import { PassLimit } from "./pass-limit.ts";
import { followPlace } from "./place-follower.ts";
import type { KubernetesInfraSettings } from "./settings.ts";

export interface KubernetesInfraOptions {
  readonly client: KubeClient;
  readonly settings: KubernetesInfraSettings;
  readonly logger: InfraLogger;
  /** Told of each write. */
  readonly onWrite?: ((write: InfraWrite) => void) | undefined;
}

/** A stop waits for writes under way no longer: a pod has ten seconds in all, and the lease is to be given back in them. */
const longestWaitMs = 3_000;

/** Runs fleets as objects in a cluster. Of several control planes only the one that leads writes; all know the statuses. */
export interface KubernetesInfrastructure extends Infrastructure {
  /** Starts following what is there; resolves when that is known. `upsert` and the others may be called before. */
  start(): Promise<void>;
  /** Writes from now on. */
  lead(): void;
  /** Writes nothing from now on, as at the beginning. */
  follow(): void;
  /** Something that the settings read anew each time is another now, such as the authority. */
  refresh(): void;
}

/**
 * Runs every fleet as a Deployment (or DaemonSet) with all that belongs to it, by server-side apply. Envoys live apart from the control
 * plane: nothing happens to them when it stops, and the next one finds them by their labels.
 */
export function createKubernetesInfra(options: KubernetesInfraOptions): KubernetesInfrastructure {
  return new KubernetesInfra(options);
}

class KubernetesInfra implements KubernetesInfrastructure {
  readonly #options: KubernetesInfraOptions;
  readonly #live: LiveObjects;
  readonly #keepers = new Map<string, FleetKeeper>();
  readonly #byOwnership = new Map<string, FleetKeeper>();
  readonly #watchers = new Set<(status: FleetStatus) => void>();
  readonly #reflectors: Reflector[] = [];
  readonly #nodes: FollowedNodes;
  readonly #surroundings: KeeperSurroundings;
  #isLeader = false;
  #isSynced = false;
  /** Whether all fleets are known, so that what belongs to none of them is left over. */
  #isComplete = false;
  #isStopped = false;

  constructor(options: KubernetesInfraOptions) {
    const { client, settings, logger } = options;
    this.#options = options;
    this.#live = new LiveObjects(settings);
    this.#nodes = new FollowedNodes(client, logger, () => {
      for (const keeper of this.#keepers.values()) keeper.tell();
    });
    this.#surroundings = {
      client,
      settings,
      logger,
      live: this.#live,
      mayWrite: () => this.#isLeader && this.#isSynced && !this.#isStopped,
      nodes: () => this.#nodes.all(),
      onStatus: (status) => this.#statusChanged(status),
      onWrite: options.onWrite ?? (() => undefined),
      passes: new PassLimit(),
      accounts: new AccountUsers(),
    };
  }

  async start(): Promise<void> {
    const { client, logger, settings } = this.#options;
    const onChanged = (ownerships: readonly string[]): void => this.#changed(ownerships);
    for (const place of followedPlaces(settings)) {
      this.#reflectors.push(followPlace(place, { client, logger, live: this.#live, onChanged }));
    }
    await Promise.all(this.#reflectors.map(({ synced }) => synced));
    this.#isSynced = true;
    this.#lookAtAll();
  }

  lead(): void {
    this.#isLeader = true;
    this.#lookAtAll();
  }

  follow(): void {
    this.#isLeader = false;
  }

  refresh(): void {
    for (const keeper of this.#keepers.values()) keeper.refresh();
  }

  upsert(spec: FleetSpec): void {
    if (this.#isStopped) return;
    this.#nodes.needFor(spec);
    this.#keeper(spec).want(spec);
  }

  remove(key: string): void {
    this.#keepers.get(key)?.want(undefined);
  }

  reconcile(specs: readonly FleetSpec[], idle: readonly FleetSpec[] = []): void {
    for (const spec of idle) this.#keeper(spec).keep();
    for (const spec of specs) this.upsert(spec);
    const known = new Set([...specs, ...idle].map(({ key }) => key));
    for (const [key, keeper] of this.#keepers) if (!known.has(key)) keeper.want(undefined);
    this.#isComplete = true;
    this.#removeLeftovers();
  }

  statuses(): readonly FleetStatus[] {
    return [...this.#keepers.values()].map((keeper) => keeper.status());
  }

  watch(listener: (status: FleetStatus) => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#keepers.values()].map((keeper) => keeper.idle()));
  }

  /** Envoys in a cluster go on whatever is said here: they end with their Gateway. */
  async stop(_options: { readonly keepEnvoys: boolean }): Promise<void> {
    this.#isStopped = true;
    for (const reflector of this.#reflectors) reflector.stop();
    this.#nodes.stop();
    for (const keeper of this.#keepers.values()) keeper.stop();
    await Promise.race([this.settled(), sleep(longestWaitMs, undefined, { ref: false })]);
  }

  #keeper(spec: FleetSpec): FleetKeeper {
    const known = this.#keepers.get(spec.key);
    if (known) return known;
    const keeper = new FleetKeeper(spec, this.#surroundings);
    const former = this.#byOwnership.get(keeper.ownership);
    if (former) this.#drop(former);
    this.#keepers.set(spec.key, keeper);
    this.#byOwnership.set(keeper.ownership, keeper);
    return keeper;
  }

  /** A keeper that is forgotten must not go on: what it was about to delete may come back. */
  #drop(keeper: FleetKeeper): void {
    keeper.stop();
    this.#keepers.delete(keeper.key);
    this.#byOwnership.delete(keeper.ownership);
  }

  #changed(ownerships: readonly string[]): void {
    if (!this.#isSynced) return;
    for (const ownership of ownerships) {
      const keeper = this.#byOwnership.get(ownership);
      if (keeper) keeper.look();
      else if (this.#live.made(ownership).length > 0) this.#removeLeftovers([ownership]);
    }
  }

  #lookAtAll(): void {
    for (const keeper of this.#keepers.values()) keeper.look();
    this.#removeLeftovers();
  }

  /** Deletes what belongs to Gateways that went away while no control plane ran. */
  #removeLeftovers(ownerships = this.#live.ownerships()): void {
    if (!this.#isComplete || !this.#surroundings.mayWrite()) return;
    for (const ownership of ownerships) {
      if (this.#byOwnership.has(ownership)) continue;
      const keeper = new FleetKeeper(specOfLeftover(ownership), this.#surroundings);
      this.#keepers.set(keeper.key, keeper);
      this.#byOwnership.set(ownership, keeper);
      keeper.clear();
    }
  }

  #statusChanged(status: FleetStatus): void {
    const keeper = this.#keepers.get(status.key);
    if (status.state === "stopped" && keeper && !keeper.isWanted && this.#isSynced) this.#drop(keeper);
    for (const watcher of this.#watchers) watcher(status);
  }
}

/** A fleet that only its objects' labels tell of. */
function specOfLeftover(ownership: string): FleetSpec {
  return { key: ownership, name: ownership, ports: [] };
}
