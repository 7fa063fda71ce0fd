import { JitteredBackoff, pause } from "../../kube/backoff.ts";
import type { AnyObject, KubeClient } from "../../kube/client.ts";
import { hasStatus, KubeError } from "../../kube/error.ts";
import type { FleetProblem, FleetSpec, FleetStatus, InfraLogger } from "../fleet.ts";
import { type ReachedAt, serviceAddresses } from "./addresses.ts";
import { holds } from "./comparison.ts";
import { type DesiredObject, desiredObjects, hashAnnotation } from "./desired.ts";
import type { LiveObjects } from "./live-objects.ts";
import { objectKeyOf } from "./live-objects.ts";
import { isRolledOut, isWorkload, replicasOf, workloadProblem } from "./replicas.ts";
import { handOverReplicas } from "./replicas-handover.ts";
import { type FleetKind, fleetResources } from "./resources.ts";
import { type FleetScope, ownershipOf, scopeOf } from "./scope.ts";
import { fieldManager, type KubernetesInfraSettings } from "./settings.ts";

/** One write, for metrics. */
export interface InfraWrite {
  readonly action: "apply" | "delete";
  readonly kind: FleetKind;
  readonly namespace: string;
  readonly name: string;
  readonly durationMs: number;
  readonly error?: KubeError | undefined;
}

/** What a keeper works with; the same for all. */
export interface KeeperSurroundings {
  readonly client: KubeClient;
  readonly settings: KubernetesInfraSettings;
  readonly live: LiveObjects;
  readonly logger: InfraLogger;
  /** Whether objects may be written. */
  readonly mayWrite: () => boolean;
  readonly nodes: () => readonly AnyObject[];
  readonly onStatus: (status: FleetStatus) => void;
  readonly onWrite: (write: InfraWrite) => void;
}

/** Kinds that are there before what refers to them, so that pods find them at once. */
const firstKinds: readonly FleetKind[] = ["ServiceAccount", "ConfigMap", "Service"];

/**
 * Keeps the objects of one fleet as they should be: applies what differs, deletes what is too many, tries again what failed. One pass
 * runs at a time; whatever changes meanwhile leads to another one.
 */
export class FleetKeeper {
  readonly key: string;
  readonly ownership: string;
  readonly #surroundings: KeeperSurroundings;
  readonly #backoff = new JitteredBackoff({ initialMs: 500, maxMs: 30_000 });
  readonly #stopped = new AbortController();
  #scope: FleetScope;
  #isWanted = true;
  #isKept = false;
  #desired: Promise<Awaited<ReturnType<typeof desiredObjects>>> | undefined;
  /** What the API server made of an object that was applied: content by hash, to tell drift from its way of writing things. */
  readonly #accepted = new Map<string, { readonly hash: string; readonly version: string | undefined }>();
  #problems: readonly FleetProblem[] = [];
  #told = "";
  #pass: Promise<void> | undefined;
  #isPassNeeded = false;
  /** Ends the wait after a failure: what is wanted now may well succeed. */
  #wake = new AbortController();

  constructor(spec: FleetSpec, surroundings: KeeperSurroundings) {
    this.key = spec.key;
    this.#surroundings = surroundings;
    this.#scope = scopeOf(spec, surroundings.settings);
    this.ownership = ownershipOf({ labels: this.#scope.selector }) ?? spec.key;
  }

  get scope(): FleetScope {
    return this.#scope;
  }

  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** The fleet should be like this; undefined: it should go. */
  want(spec: FleetSpec | undefined): void {
    this.#isWanted = spec !== undefined;
    this.#isKept = false;
    if (spec) {
      if (JSON.stringify(spec) !== JSON.stringify(this.#scope.fleet)) this.#desired = undefined;
      this.#scope = scopeOf(spec, this.#surroundings.settings);
    }
    this.#wake.abort();
    this.look();
  }

  /** Something outside the fleet is another now that its objects tell of, such as the control plane's authority. */
  refresh(): void {
    this.#desired = undefined;
    this.look();
  }

  /** What there is of the fleet stays as it is: nothing is made, changed or deleted. */
  keep(): void {
    this.#isKept = true;
    this.tell();
  }

  /** Something may have changed: compares, writes what differs, and tells the status. */
  look(): void {
    this.tell();
    this.#isPassNeeded = true;
    this.#pass ??= this.#run().finally(() => {
      this.#pass = undefined;
    });
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    await this.#pass;
  }

  stop(): void {
    this.#stopped.abort();
  }

  status(): FleetStatus {
    const { live, nodes } = this.#surroundings;
    const { owner, namespace } = this.#scope;
    const members = live.of(this.ownership);
    const workloads = members.filter(({ kind }) => isWorkload(kind));
    const pods = workloads.find(({ kind, object }) => isRolledOut(kind, object)) ?? workloads[0];
    const service = members.find(
      ({ kind, object }) => kind === "Service" && object.metadata.namespace === namespace,
    )?.object;
    const replicas = pods ? replicasOf(pods.kind, pods.object) : { desired: 0, available: 0 };
    const reached: ReachedAt = service
      ? serviceAddresses(service, owner.addresses, nodes())
      : { addresses: [], unusable: [] };
    const failure = workloadProblem(pods?.object);
    const problems: readonly FleetProblem[] =
      failure === undefined
        ? this.#problems
        : [...this.#problems, { severity: "error", code: "api-server", message: failure }];
    return {
      key: this.key,
      name: this.#scope.name,
      state: this.#state(members.length > 0, replicas.available > 0),
      isAdopted: false,
      restarts: 0,
      replicas,
      addresses: reached.addresses,
      ...(reached.unusable.length > 0 && { unusableAddresses: reached.unusable }),
      problems,
    };
  }

  #state(isThere: boolean, isServing: boolean): FleetStatus["state"] {
    if (!this.#isWanted) return isThere ? "stopping" : "stopped";
    if (isServing) return "serving";
    return this.#problems.length > 0 ? "waiting" : "starting";
  }

  /** Tells the status if it is another one than before. */
  tell(): void {
    const status = this.status();
    const text = JSON.stringify(status);
    if (text === this.#told) return;
    this.#told = text;
    this.#surroundings.onStatus(status);
  }

  async #run(): Promise<void> {
    while (this.#isPassNeeded && !this.#stopped.signal.aborted) {
      this.#isPassNeeded = false;
      if (this.#isKept || !this.#surroundings.mayWrite()) return;
      try {
        await (this.#isWanted ? this.#bring() : this.#deleteAllBut(new Set()));
        this.#backoff.reset();
      } catch (error) {
        this.#failed(error);
        this.#isPassNeeded = true;
        const advised = error instanceof KubeError ? (error.retryAfterSeconds ?? 0) * 1_000 : 0;
        this.#wake = new AbortController();
        const signal = AbortSignal.any([this.#stopped.signal, this.#wake.signal]);
        await pause(Math.max(advised, this.#backoff.next()), signal);
      }
      this.tell();
    }
  }

  /** Says it once, however often it is tried. */
  #failed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#problems[0]?.message !== message) this.#surroundings.logger.error({ fleet: this.key }, message);
    this.#problems = [{ severity: "error", code: "api-server", message }];
    this.tell();
  }

  async #bring(): Promise<void> {
    const scope = this.#scope;
    this.#desired ??= desiredObjects(scope);
    const { objects, problems } = await this.#desired;
    if (scope !== this.#scope || !this.#isWanted) {
      this.#isPassNeeded = true;
      return;
    }
    if (problems.length > 0) {
      this.#problems = problems;
      return;
    }
    const differing = objects.filter((desired) => this.#differs(desired));
    const foreign: FleetProblem[] = [];
    for (const stage of stages(differing, scope)) foreign.push(...(await this.#applyAll(stage)));
    await this.#deleteAllBut(new Set(objects.map(({ kind, object }) => `${kind}/${objectKeyOf(object)}`)));
    this.#problems = foreign;
  }

  /** Applied with the same content before, and nobody has changed what we asked for since. */
  #differs({ kind, object, hash }: DesiredObject): boolean {
    const key = objectKeyOf(object);
    const live = this.#surroundings.live.get(kind, key);
    if (live?.metadata.annotations?.[hashAnnotation] !== hash) return true;
    if (holds(live, object)) return false;
    const accepted = this.#accepted.get(`${kind}/${key}`);
    return accepted?.hash !== hash || accepted.version !== live.metadata.resourceVersion;
  }

  async #applyAll(objects: readonly DesiredObject[]): Promise<FleetProblem[]> {
    const results = await Promise.allSettled(objects.map((desired) => this.#apply(desired)));
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
    return results.flatMap((result) => (result.status === "fulfilled" && result.value ? [result.value] : []));
  }

  async #apply({ kind, object, hash }: DesiredObject): Promise<FleetProblem | undefined> {
    const { client, live } = this.#surroundings;
    const resource = fleetResources[kind];
    const key = objectKeyOf(object);
    if (!live.get(kind, key) && (await this.#isForeign(kind, object))) {
      return {
        severity: "error",
        code: "object-foreign",
        message: `${kind} ${key} exists and is not this Gateway's; rename it, or the Gateway, or give another name in the EnvoyProxy.`,
      };
    }
    if (kind === "Deployment" && live.get(kind, key) && !("replicas" in (object["spec"] as object))) {
      await handOverReplicas(client, object);
    }
    const applied = await this.#written("apply", kind, object, () =>
      client.apply<AnyObject>(resource, object, { fieldManager }),
    );
    this.#accepted.set(`${kind}/${key}`, { hash, version: applied.metadata.resourceVersion });
    live.put(kind, applied);
    return undefined;
  }

  /** Whether an object of this name is there that carries other labels: we see only what carries ours. */
  async #isForeign(kind: FleetKind, object: AnyObject): Promise<boolean> {
    const { namespace, name } = object.metadata;
    try {
      const found = await this.#surroundings.client.get(fleetResources[kind], { namespace, name });
      return ownershipOf(found.metadata) !== this.ownership;
    } catch (error) {
      if (hasStatus(error, 404)) return false;
      throw error;
    }
  }

  async #deleteAllBut(wanted: ReadonlySet<string>): Promise<void> {
    const { client, live } = this.#surroundings;
    // Pods that serve go when those of another name or kind serve in their place; the watch tells when.
    const isReplacementAwaited = live
      .of(this.ownership)
      .some(
        ({ kind, object }) =>
          isWorkload(kind) && wanted.has(`${kind}/${objectKeyOf(object)}`) && !isRolledOut(kind, object),
      );
    const excess = live
      .of(this.ownership)
      .filter(({ kind, object }) => !wanted.has(`${kind}/${objectKeyOf(object)}`) && !object.metadata.deletionTimestamp)
      .filter(({ kind }) => !(isWorkload(kind) && isReplacementAwaited));
    await Promise.all(
      excess.map(async ({ kind, object }) => {
        const { namespace, name, uid } = object.metadata;
        try {
          await this.#written("delete", kind, object, () =>
            client.delete(fleetResources[kind], { namespace, name }, { uid }),
          );
        } catch (error) {
          // Gone, or another one of its name has come; the watch tells.
          if (!hasStatus(error, 404, 409)) throw error;
        }
      }),
    );
  }

  async #written<T>(
    action: InfraWrite["action"],
    kind: FleetKind,
    { metadata }: AnyObject,
    write: () => Promise<T>,
  ): Promise<T> {
    const { onWrite, logger } = this.#surroundings;
    const { namespace = "", name } = metadata;
    const start = performance.now();
    const done = (error?: KubeError): void =>
      onWrite({ action, kind, namespace, name, durationMs: performance.now() - start, error });
    try {
      const result = await write();
      done();
      logger.info({ fleet: this.key, kind, namespace, name }, action === "apply" ? "object applied" : "object deleted");
      return result;
    } catch (error) {
      done(error instanceof KubeError ? error : undefined);
      throw error;
    }
  }
}

/** Objects that are applied together, one group after the other; last what Envoys do without. */
function stages(objects: readonly DesiredObject[], { namespace }: FleetScope): readonly (readonly DesiredObject[])[] {
  const isOwn = ({ object }: DesiredObject): boolean => object.metadata.namespace === namespace;
  const own = objects.filter(isOwn);
  return [
    own.filter(({ kind }) => firstKinds.includes(kind)),
    own.filter(({ kind }) => !firstKinds.includes(kind)),
    objects.filter((object) => !isOwn(object)),
  ];
}
