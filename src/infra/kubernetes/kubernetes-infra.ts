import type { AnyObject, KubeClient } from "../../kube/client.ts";
import { Reflector, type ReflectorSink } from "../../kube/reflector.ts";
import type { FleetSpec, FleetStatus, InfraLogger, Infrastructure } from "../fleet.ts";
import { FleetKeeper, type KeeperSurroundings } from "./fleet-keeper.ts";
import type { InfraWrite } from "./fleet-pass.ts";
import { LiveObjects, objectKeyOf } from "./live-objects.ts";
import { fleetLabels, markOf } from "./ownership.ts";
import { type FleetKind, fleetKinds, fleetResources, nodeResource } from "./resources.ts";
import type { KubernetesInfraSettings } from "./settings.ts";

export interface KubernetesInfraOptions {
  readonly client: KubeClient;
  readonly settings: KubernetesInfraSettings;
  readonly logger: InfraLogger;
  /** Told of each write. */
  readonly onWrite?: ((write: InfraWrite) => void) | undefined;
}

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
  readonly #nodes = new Map<string, AnyObject>();
  readonly #surroundings: KeeperSurroundings;
  #nodeReflector: Reflector | undefined;
  #isLeader = false;
  #isSynced = false;
  /** Whether all fleets are known, so that what belongs to none of them is left over. */
  #isComplete = false;
  #isStopped = false;

  constructor(options: KubernetesInfraOptions) {
    const { client, settings, logger } = options;
    this.#options = options;
    this.#live = new LiveObjects(settings);
    this.#surroundings = {
      client,
      settings,
      logger,
      live: this.#live,
      mayWrite: () => this.#isLeader && this.#isSynced && !this.#isStopped,
      nodes: () => [...this.#nodes.values()],
      onStatus: (status) => this.#statusChanged(status),
      onWrite: options.onWrite ?? (() => undefined),
    };
  }

  async start(): Promise<void> {
    for (const followed of followedPlaces(this.#options.settings)) this.#reflectors.push(this.#follow(followed));
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
    this.#needNodes(spec);
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
    for (const reflector of [...this.#reflectors, ...(this.#nodeReflector ? [this.#nodeReflector] : [])])
      reflector.stop();
    for (const keeper of this.#keepers.values()) keeper.stop();
    await this.settled();
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

  #follow({ kind, namespace, labels, except }: FollowedPlace): Reflector {
    const { client, logger } = this.#options;
    const isCovered = (of: string | undefined): boolean =>
      of !== except && (namespace === undefined || of === namespace);
    const take = (object: AnyObject): void => {
      if (isCovered(object.metadata.namespace)) this.#changed(this.#live.put(kind, withoutManagedFields(object)));
    };
    const sink: ReflectorSink = {
      listed: (objects) => objects.forEach(take),
      completed: (keys, version) => this.#changed(this.#live.keepOnly(kind, keys, version, isCovered)),
      changed: take,
      setBack: () => this.#live.setBack(kind, isCovered),
      deleted: (object) => {
        if (!isCovered(object.metadata.namespace)) return;
        const ownership = this.#live.remove(kind, objectKeyOf(object));
        this.#changed(ownership === undefined ? [] : [ownership]);
      },
    };
    const labelSelector = Object.entries(labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(",");
    const reflector = new Reflector({
      client,
      resource: fleetResources[kind],
      selection: { namespace, labelSelector },
      sink,
      onState: (error) => {
        if (error) logger.warn({ kind }, `objects of fleets cannot be followed: ${error.message}`);
        else logger.info({ kind }, "objects of fleets are followed again");
      },
    });
    reflector.start();
    return reflector;
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

  /** Nodes are followed from the first fleet on whose addresses depend on them. */
  #needNodes({ envoyProxy, owner }: FleetSpec): void {
    const isNodePort = envoyProxy?.provider?.kubernetes?.envoyService?.type === "NodePort";
    if (this.#nodeReflector || !(isNodePort || owner?.addresses.length)) return;
    const take = (object: AnyObject): boolean => {
      const node = nodeView(object);
      if (JSON.stringify(node) === JSON.stringify(this.#nodes.get(node.metadata.name))) return false;
      this.#nodes.set(node.metadata.name, node);
      return true;
    };
    const tellAll = (): void => {
      for (const keeper of this.#keepers.values()) keeper.tell();
    };
    const drop = (name: string): void => {
      if (this.#nodes.delete(name)) tellAll();
    };
    this.#nodeReflector = new Reflector({
      client: this.#options.client,
      resource: nodeResource,
      sink: {
        listed: (objects) => void objects.map(take),
        completed: (keys) => {
          for (const name of this.#nodes.keys()) if (!keys.has(name)) this.#nodes.delete(name);
          tellAll();
        },
        changed: (object) => {
          if (take(object)) tellAll();
        },
        deleted: ({ metadata }) => drop(metadata.name),
      },
    });
    this.#nodeReflector.start();
  }
}

/** Where objects of a kind are followed. */
interface FollowedPlace {
  readonly kind: FleetKind;
  /** Absent: all. */
  readonly namespace?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** A namespace that is left out. */
  readonly except?: string | undefined;
}

/**
 * Where fleets' objects lie. What the original made counts where it may be taken over, see {@link ownershipOf}. A list of several
 * namespaces is complete only together, so each namespace is followed by itself.
 */
function followedPlaces(settings: KubernetesInfraSettings): readonly FollowedPlace[] {
  const { deploy, namespace, namespaces } = settings;
  const everywhere = namespaces ?? [undefined];
  if (deploy === "GatewayNamespace") {
    return fleetKinds.flatMap((kind) => everywhere.map((of) => ({ kind, namespace: of, labels: fleetLabels })));
  }
  // Services lie beside Gateways even where fleets do not: their aliases.
  const labels = { ...fleetLabels, ...markOf(settings) };
  const beside = everywhere.filter((of) => of !== namespace);
  return [
    ...fleetKinds.map((kind) => ({ kind, namespace, labels: fleetLabels })),
    ...beside.map((of) => ({ kind: "Service" as const, namespace: of, labels, except: namespace })),
  ];
}

/** Who wrote which field is of no use here, and large. */
function withoutManagedFields(object: AnyObject): AnyObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Of a Node its name and addresses: the rest changes all the time. */
function nodeView({ metadata, status }: AnyObject): AnyObject {
  const { addresses } = (status ?? {}) as { readonly addresses?: unknown };
  return { metadata: { name: metadata.name }, status: { addresses } };
}

/** A fleet that only its objects' labels tell of. */
function specOfLeftover(ownership: string): FleetSpec {
  return { key: ownership, name: ownership, ports: [] };
}
