import type { ObjectKey } from "../../api/object.ts";
import type { AnyObject, KubeClient } from "../../kube/client.ts";
import { hasStatus } from "../../kube/error.ts";
import { keyOf } from "../../kube/object-key.ts";
import type { ReflectorSink } from "../../kube/reflector-sink.ts";
import { isLater } from "../../kube/resource-version.ts";
import type { Attempts } from "./attempts.ts";
import type { Belonging, Labelled } from "./belonging.ts";
import type { ApiUse } from "./health.ts";
import type { Departure, Intake } from "./intake.ts";
import type { FollowedKind } from "./kinds.ts";
import { partsOf, type TargetId } from "./references.ts";
import { isWithin, namespaceOf } from "./scope.ts";
import { type TargetRead, TargetReads } from "./target-reads.ts";

export interface ReferencedKindOptions {
  readonly client: KubeClient;
  readonly kind: FollowedKind;
  readonly belonging: Belonging;
  readonly intake: Intake;
  readonly isWanted: (target: TargetId) => boolean;
  /** All targets of this kind that are wanted now. */
  readonly wanted: () => readonly TargetId[];
  /** Objects that change are read one by one, since the watch does not bring their content. */
  readonly isFetched: boolean;
  /** Whether objects of this namespace are to be seen at all. */
  readonly isVisible: (namespace: string) => boolean;
  readonly attempts: Attempts;
  /** What a role has to permit to read a target in this namespace. */
  readonly useIn: (namespace: string) => ApiUse;
}

/** All objects of a target. */
interface Answer {
  readonly objects: readonly AnyObject[];
  /** Resource version at which they were all; undefined if it was not told. */
  readonly version: string | undefined;
}

/**
 * Keeps those objects of a kind that something refers to. A target is read when the first reference to it appears; later changes come through a
 * watch. Memory and requests follow what is referred to, not what the cluster holds.
 */
export class ReferencedKind {
  readonly #options: ReferencedKindOptions;
  readonly #reads: TargetReads;
  readonly #keysByTarget = new Map<TargetId, Set<ObjectKey>>();
  /** Resource version at which a target was last read: what was older and is not known to be its own was gone by then. */
  readonly #readAt = new Map<TargetId, string>();

  constructor(options: ReferencedKindOptions) {
    this.#options = options;
    const { isWanted, isVisible, attempts, useIn } = options;
    this.#reads = new TargetReads({
      isSought: (target) => isWanted(target) && isVisible(partsOf(target).namespace),
      readOnce: (read) => this.#readOnce(read),
      attempts,
      useIn,
    });
  }

  /** Reads a target; resolves when that was done, or cannot be done now. Wanted targets that cannot be read are tried again. */
  read(target: TargetId): Promise<void> {
    return this.#reads.read(target);
  }

  /** Reads all that is wanted, or what is wanted of one namespace. */
  readAll(namespace?: string): void {
    for (const target of this.#options.wanted()) {
      if (isWithin(partsOf(target).namespace, namespace)) void this.read(target);
    }
  }

  /** Resolves when all reads that are under way are done. */
  settled(): Promise<void> {
    return this.#reads.settled();
  }

  /** Forgets what belongs to a target that nothing refers to any more. */
  forget(target: TargetId): void {
    const keys = this.#keysByTarget.get(target) ?? [];
    this.#keysByTarget.delete(target);
    this.#readAt.delete(target);
    for (const key of keys) if (this.#targetsOfKept(key).length === 0) this.#drop(key);
  }

  /** Takes what is heard of the objects of a namespace, or of all. */
  sinkFor(namespace: string | undefined, isListed: boolean): ReflectorSink {
    return {
      listed: (object) => this.#changed(object),
      completed: (keys, version) => {
        if (isListed) this.#completed(namespace, keys, version);
        else this.readAll(namespace);
      },
      changed: (object) => this.#changed(object),
      deleted: (object) => this.#deleted(object),
      setBack: () => this.#setBack(namespace),
    };
  }

  stop(): void {
    this.#reads.stop();
  }

  #changed(object: AnyObject): void {
    const { isFetched, intake, kind } = this.#options;
    const targets = this.#wantedTargets(object);
    for (const target of targets) {
      if (isFetched) void this.read(target);
      else if (!this.#isGone(target, object)) this.#take(target, object, this.#reads.of(target) === undefined);
    }
    if (targets.length > 0 || isFetched) return;
    // An EndpointSlice whose label is changed leaves the Service it belonged to.
    const { resourceVersion = "" } = object.metadata;
    const isOld = intake.isKnownAfter(kind.definition.kind, keyOf(object), resourceVersion);
    if (!isOld) this.#drop(keyOf(object), { isUrgent: true });
  }

  #deleted(object: AnyObject): void {
    const { belonging, intake, kind } = this.#options;
    const key = keyOf(object);
    const { uid } = object.metadata;
    const targets = belonging.targetsOf(object);
    const reads = targets.flatMap((target) => this.#reads.of(target) ?? []);
    if (uid !== undefined) for (const { deleted } of reads) deleted.add(uid);
    this.#drop(key, { uid, isUrgent: reads.length === 0 });
    // Another one of its name may be known by now.
    if (intake.isKnown(kind.definition.kind, key)) return;
    for (const target of targets) this.#keysByTarget.get(target)?.delete(key);
  }

  #completed(namespace: string | undefined, keys: ReadonlySet<string>, version: string): void {
    const { intake, kind } = this.#options;
    const name = kind.definition.kind;
    for (const key of intake.keys(name)) {
      if (keys.has(key) || !isWithin(namespaceOf(key), namespace)) continue;
      if (!intake.isKnownAfter(name, key, version)) this.#drop(key, { isUrgent: true });
    }
    // What was deleted before the list was told by nobody, and an answer on its way may still have it.
    this.#reads.repeatAll();
  }

  #setBack(namespace: string | undefined): void {
    const { intake, kind } = this.#options;
    intake.setBack(kind.definition.kind, namespace);
    for (const target of this.#readAt.keys()) {
      if (isWithin(partsOf(target).namespace, namespace)) this.#readAt.delete(target);
    }
  }

  /** Whether a list or a watch tells of an object as it was before it went, which a read found out already. */
  #isGone(target: TargetId, { metadata }: AnyObject): boolean {
    const readAt = this.#readAt.get(target);
    if (readAt === undefined || isLater(metadata.resourceVersion ?? "", readAt)) return false;
    return this.#keysByTarget.get(target)?.has(keyOf({ metadata })) !== true;
  }

  #wantedTargets(object: Labelled): readonly TargetId[] {
    const { belonging, isWanted, isVisible } = this.#options;
    if (!isVisible(object.metadata.namespace ?? "")) return [];
    return belonging.targetsOf(object).filter(isWanted);
  }

  /** Wanted targets that an object belongs to as far as it is known. */
  #targetsOfKept(key: ObjectKey): readonly TargetId[] {
    const kept = this.#options.intake.object(this.#options.kind.definition.kind, key);
    return kept ? this.#wantedTargets(kept) : [];
  }

  async #readOnce({ target, deleted }: TargetRead): Promise<void> {
    const { intake, kind, isWanted, isVisible } = this.#options;
    const { objects, version } = await this.#fetch(target);
    if (!isWanted(target) || !isVisible(partsOf(target).namespace)) return;
    const found = objects.filter(({ metadata }) => !deleted.has(metadata.uid ?? ""));
    const keys = new Set(found.map(keyOf));
    for (const key of this.#keysByTarget.get(target) ?? []) {
      const isNewer = version !== undefined && intake.isKnownAfter(kind.definition.kind, key, version);
      if (keys.has(key) || isNewer) continue;
      this.#keysByTarget.get(target)?.delete(key);
      if (this.#targetsOfKept(key).includes(target)) this.#drop(key);
    }
    for (const object of found) this.#take(target, object, false);
    if (version !== undefined) this.#readAt.set(target, version);
  }

  /** An answer that an object is missing does not tell since when, a list that lacks it does. */
  async #fetch(target: TargetId): Promise<Answer> {
    const { client, kind, belonging, isFetched } = this.#options;
    const { namespace, name } = partsOf(target);
    if (!isFetched) {
      const { items, metadata } = await client.listAll(kind.resource, { namespace, ...belonging.selection(target) });
      return { objects: items, version: metadata.resourceVersion };
    }
    try {
      return { objects: [await client.get(kind.resource, { namespace, name })], version: undefined };
    } catch (error) {
      if (hasStatus(error, 404)) return { objects: [], version: undefined };
      throw error;
    }
  }

  #take(target: TargetId, object: AnyObject, isUrgent: boolean): void {
    const keys = this.#keysByTarget.get(target) ?? new Set();
    this.#keysByTarget.set(target, keys.add(keyOf(object)));
    this.#options.intake.take(this.#options.kind, object, isUrgent);
  }

  #drop(key: ObjectKey, departure?: Departure): void {
    this.#options.intake.drop(this.#options.kind.definition.kind, key, departure);
  }
}
