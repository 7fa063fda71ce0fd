import type { AnyObject } from "../../kube/client.ts";
import { hasStatus, KubeError } from "../../kube/error.ts";
import type { FleetProblem } from "../fleet.ts";
import type { AccountUsers } from "./account-users.ts";
import { holds, projection } from "./comparison.ts";
import { type DesiredObject, hashAnnotation } from "./desired.ts";
import { leftBehind } from "./left-behind.ts";
import { type LiveObject, type LiveObjects, objectKeyOf } from "./live-objects.ts";
import { ObjectWriter, type WriterSurroundings } from "./object-writer.ts";
import { removable } from "./replacement.ts";
import { type FleetKind, fleetResources } from "./resources.ts";
import type { FleetScope } from "./scope.ts";
import type { KubernetesInfraSettings } from "./settings.ts";
import { type Standing, standingOf } from "./standing.ts";

/** What passes work with; the same for all fleets. */
export interface PassSurroundings extends WriterSurroundings {
  readonly settings: KubernetesInfraSettings;
  readonly live: LiveObjects;
  readonly nodes: () => readonly AnyObject[];
  readonly accounts: AccountUsers;
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

  /** What was inherited. It is only once: should another control plane take it back, the two would do nothing else any more. */
  readonly #inherited = new Set<string>();

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
  #differs(desired: DesiredObject): boolean {
    const { kind, object, hash } = desired;
    const key = objectKeyOf(object);
    const live = this.#surroundings.live.get(kind, key);
    if (live && this.#standing(live, desired) === "shared") return false;
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

  async #apply(desired: DesiredObject): Promise<ForeignObject | undefined> {
    const { kind, object, hash } = desired;
    const { live, accounts } = this.#surroundings;
    const key = objectKeyOf(object);
    const found = await this.#found(kind, object);
    const standing = found ? this.#standing(found, desired) : "own";
    if (standing === "shared") return undefined;
    if (standing === "foreign") return { kind, problem: foreignProblem(kind, key) };
    if (kind === "Deployment" && live.get(kind, key) && !("replicas" in (object["spec"] as object))) {
      await this.#writer.handOverReplicas(object);
    }
    const applied = await this.#writer.apply(kind, object);
    if (holds(applied, object)) this.#accepted.delete(`${kind}/${key}`);
    else this.#accepted.set(`${kind}/${key}`, { hash, content: projection(applied, object) });
    if (standing === "inherited") this.#inherited.add(`${kind}/${key}`);
    for (const one of live.put(kind, applied)) if (one !== this.#ownership) accounts.look(one);
    return undefined;
  }

  #standing(found: AnyObject, desired: DesiredObject): Standing {
    const { settings, accounts } = this.#surroundings;
    const standing = standingOf(found, desired, { ownership: this.#ownership, settings, accounts });
    const wasInherited = this.#inherited.has(`${desired.kind}/${objectKeyOf(found)}`);
    return standing === "inherited" && wasInherited ? "foreign" : standing;
  }

  /** The object of this name. What is nobody's of ours is not among what is followed. */
  async #found(kind: FleetKind, object: AnyObject): Promise<AnyObject | undefined> {
    const { client, live } = this.#surroundings;
    const { namespace, name } = object.metadata;
    try {
      return (
        live.get(kind, objectKeyOf(object)) ?? (await client.get<AnyObject>(fleetResources[kind], { namespace, name }))
      );
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
  }

  /** Deletes objects, each only as the one that it is now. An account that other fleets use is left to them. */
  async delete(objects: readonly LiveObject[]): Promise<void> {
    const { accounts } = this.#surroundings;
    const present = objects.filter(
      ({ kind, object }) =>
        !object.metadata.deletionTimestamp &&
        !(kind === "ServiceAccount" && accounts.isShared(objectKeyOf(object), this.#ownership)),
    );
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
