import type { AnyObject } from "../../kube/client.ts";
import { hasStatus, KubeError } from "../../kube/error.ts";
import type { FleetProblem } from "../fleet.ts";
import { holds, projection } from "./comparison.ts";
import { type DesiredObject, hashAnnotation } from "./desired.ts";
import { leftBehind } from "./left-behind.ts";
import { type LiveObject, type LiveObjects, objectKeyOf } from "./live-objects.ts";
import { ObjectWriter, type WriterSurroundings } from "./object-writer.ts";
import { ownershipOf } from "./ownership.ts";
import { removable } from "./replacement.ts";
import { type FleetKind, fleetResources } from "./resources.ts";
import type { FleetScope } from "./scope.ts";
import type { KubernetesInfraSettings } from "./settings.ts";

/** What passes work with; the same for all fleets. */
export interface PassSurroundings extends WriterSurroundings {
  readonly settings: KubernetesInfraSettings;
  readonly live: LiveObjects;
  readonly nodes: () => readonly AnyObject[];
}

/** Kinds that are there before what refers to them, so that pods find them at once. */
const firstKinds: readonly FleetKind[] = ["ServiceAccount", "ConfigMap", "Service"];

/** Kinds that pods cannot do without, and would take from whoever has them. */
const podKinds: readonly FleetKind[] = ["ServiceAccount", "ConfigMap"];

/** An object that is somebody else's. */
interface ForeignObject {
  readonly kind: FleetKind;
  readonly problem: FleetProblem;
}

/** Writes the objects of one fleet: applies what differs, deletes what is too many. A failed write is thrown. */
export class FleetPass {
  readonly #key: string;
  readonly #ownership: string;
  readonly #surroundings: PassSurroundings;
  readonly #writer: ObjectWriter;
  /** {@link projection} of what the API server made of an object that it holds otherwise than it was applied. */
  readonly #accepted = new Map<string, { readonly hash: string; readonly content: string }>();

  /** `key` is the fleet's, `ownership` that of its objects. */
  constructor(key: string, ownership: string, surroundings: PassSurroundings) {
    this.#key = key;
    this.#ownership = ownership;
    this.#surroundings = surroundings;
    this.#writer = new ObjectWriter(key, surroundings);
  }

  /** Makes `objects` what there is of the fleet; returns what stands in the way. */
  async bring(objects: readonly DesiredObject[], scope: FleetScope): Promise<readonly FleetProblem[]> {
    const { first, others, beside } = stages(
      objects.filter((desired) => this.#differs(desired)),
      scope,
    );
    const foreign = await this.#applyAll(first);
    // Pods with somebody else's identity or configuration would be worse than none.
    if (foreign.some(({ kind }) => podKinds.includes(kind))) return foreign.map(({ problem }) => problem);
    foreign.push(...(await this.#applyAll(others)));
    const warnings = await this.#applyBeside(beside);
    const { live, nodes } = this.#surroundings;
    const excess = removable({ scope, desired: objects, members: live.of(this.#ownership), nodes: nodes() });
    await this.delete(excess);
    this.#tellLeftBehind(excess);
    return [...foreign.map(({ problem }) => problem), ...warnings];
  }

  #tellLeftBehind(removed: readonly LiveObject[]): void {
    const { logger, settings } = this.#surroundings;
    for (const { namespace, command } of leftBehind(removed, settings)) {
      logger.warn(
        { fleet: this.#key, namespace },
        `Envoys of this fleet ran in namespace ${namespace} before, where the control plane may not delete them any more; nothing leads to them now. Delete what is left: ${command}`,
      );
    }
  }

  /** Applied with the same content before, and nobody has changed what we asked for since. */
  #differs({ kind, object, hash }: DesiredObject): boolean {
    const key = objectKeyOf(object);
    const live = this.#surroundings.live.get(kind, key);
    if (live?.metadata.annotations?.[hashAnnotation] !== hash) return true;
    if (holds(live, object)) return false;
    const accepted = this.#accepted.get(`${kind}/${key}`);
    return accepted?.hash !== hash || accepted.content !== projection(live, object);
  }

  /** Returns those that are somebody else's. */
  async #applyAll(objects: readonly DesiredObject[]): Promise<ForeignObject[]> {
    const results = await Promise.allSettled(objects.map((desired) => this.#apply(desired)));
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
    return results.flatMap((result) => (result.status === "fulfilled" && result.value ? [result.value] : []));
  }

  /** What Envoys do without: whatever becomes of it stops nothing else. */
  async #applyBeside(objects: readonly DesiredObject[]): Promise<FleetProblem[]> {
    const problems: FleetProblem[] = [];
    for (const desired of objects) {
      try {
        const foreign = await this.#apply(desired);
        if (foreign) problems.push({ ...foreign.problem, severity: "warning" });
      } catch (error) {
        if (!(error instanceof KubeError)) throw error;
        const message = `${desired.kind} ${objectKeyOf(desired.object)} cannot be made: ${error.message}`;
        problems.push({ severity: "warning", code: "api-server", message });
      }
    }
    return problems;
  }

  async #apply({ kind, object, hash }: DesiredObject): Promise<ForeignObject | undefined> {
    const { live } = this.#surroundings;
    const key = objectKeyOf(object);
    if (await this.#isForeign(kind, object)) return { kind, problem: foreignProblem(kind, key) };
    if (kind === "Deployment" && live.get(kind, key) && !("replicas" in (object["spec"] as object))) {
      await this.#writer.handOverReplicas(object);
    }
    const applied = await this.#writer.apply(kind, object);
    if (holds(applied, object)) this.#accepted.delete(`${kind}/${key}`);
    else this.#accepted.set(`${kind}/${key}`, { hash, content: projection(applied, object) });
    live.put(kind, applied);
    return undefined;
  }

  /** Whether an object of this name is there that is not this fleet's. What is nobody's of ours is not among what is followed. */
  async #isForeign(kind: FleetKind, object: AnyObject): Promise<boolean> {
    const { client, live, settings } = this.#surroundings;
    const { namespace, name } = object.metadata;
    try {
      const found =
        live.get(kind, objectKeyOf(object)) ?? (await client.get<AnyObject>(fleetResources[kind], { namespace, name }));
      return ownershipOf(found.metadata, settings) !== this.#ownership;
    } catch (error) {
      if (hasStatus(error, 404)) return false;
      throw error;
    }
  }

  /** Deletes objects, each only as the one that it is now. */
  async delete(objects: readonly LiveObject[]): Promise<void> {
    const present = objects.filter(({ object }) => !object.metadata.deletionTimestamp);
    await Promise.all(present.map(({ kind, object }) => this.#writer.delete(kind, object)));
  }
}

/** Objects by when they are applied. */
interface Stages {
  readonly first: readonly DesiredObject[];
  readonly others: readonly DesiredObject[];
  /** Last what lies elsewhere. */
  readonly beside: readonly DesiredObject[];
}

function stages(objects: readonly DesiredObject[], { namespace }: FleetScope): Stages {
  const isOwn = ({ object }: DesiredObject): boolean => object.metadata.namespace === namespace;
  const own = objects.filter(isOwn);
  return {
    first: own.filter(({ kind }) => firstKinds.includes(kind)),
    others: own.filter(({ kind }) => !firstKinds.includes(kind)),
    beside: objects.filter((object) => !isOwn(object)),
  };
}

function foreignProblem(kind: FleetKind, key: string): FleetProblem {
  return {
    severity: "error",
    code: "object-foreign",
    message: `${kind} ${key} exists and is not this Gateway's; rename it, or the Gateway, or give another name in the EnvoyProxy.`,
  };
}
