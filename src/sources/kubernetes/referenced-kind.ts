import { type ObjectKey, objectKey } from "../../api/object.ts";
import { JitteredBackoff } from "../../kube/backoff.ts";
import type { AnyObject, KubeClient } from "../../kube/client.ts";
import { hasStatus } from "../../kube/error.ts";
import type { ReflectorSink } from "../../kube/reflector.ts";
import type { Attempts } from "./attempts.ts";
import type { ApiUse } from "./health.ts";
import type { Departure, Intake } from "./intake.ts";
import type { FollowedKind } from "./kinds.ts";
import { partsOf, type TargetId, targetId } from "./references.ts";
import { isWithin, namespaceOf } from "./scope.ts";

/** What of an object tells where it belongs. */
interface Labelled {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly labels?: Readonly<Record<string, string>> | undefined;
  };
}

/** How objects of a kind belong to what is referred to. */
export interface Belonging {
  /** What an object belongs to: itself, or, for an EndpointSlice, the Services in its labels. */
  readonly targetsOf: (object: Labelled) => readonly TargetId[];
  /** Label selector for all objects of a target; absent: the target is the object. */
  readonly selector?: ((target: TargetId) => string) | undefined;
}

/** Objects that are referred to themselves. */
export function itself(kind: string): Belonging {
  return { targetsOf: ({ metadata }) => [targetId(kind, metadata.namespace ?? "", metadata.name)] };
}

const sliceLabels: Readonly<Record<string, string>> = {
  Service: "kubernetes.io/service-name",
  ServiceImport: "multicluster.kubernetes.io/service-name",
};

/** EndpointSlices belong to the Service, or the ServiceImport, that their labels name. */
export const slicesOfServices: Belonging = {
  targetsOf: ({ metadata }) =>
    Object.entries(sliceLabels).flatMap(([kind, label]) => {
      const name = metadata.labels?.[label];
      return name ? [targetId(kind, metadata.namespace ?? "", name)] : [];
    }),
  selector: (target) => {
    const { kind, name } = partsOf(target);
    return `${sliceLabels[kind]}=${name}`;
  },
};

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

/** Reads under way at once. */
const maxReads = 16;

/** A target that is to be read. */
interface Read {
  readonly target: TargetId;
  /** Something changed while it was under way, so it is done once more. */
  isStale: boolean;
  /** What the watch has told since it began: the answer may be older. */
  readonly heard: Set<ObjectKey>;
  /** What the watch has told to be gone since it began (`metadata.uid`). */
  readonly deleted: Set<string>;
  readonly backoff: JitteredBackoff;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Keeps those objects of a kind that something refers to. A target is read when the first reference to it appears; later changes come through a
 * watch. Memory and requests follow what is referred to, not what the cluster holds.
 */
export class ReferencedKind {
  readonly #options: ReferencedKindOptions;
  readonly #reads = new Map<TargetId, Read>();
  readonly #waiting: Read[] = [];
  readonly #keysByTarget = new Map<TargetId, Set<ObjectKey>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #isStopped = false;
  #running = 0;

  constructor(options: ReferencedKindOptions) {
    this.#options = options;
  }

  /** Reads a target; resolves when that was done, or cannot be done now. Wanted targets that cannot be read are tried again. */
  read(target: TargetId): Promise<void> {
    const known = this.#reads.get(target);
    if (known) {
      known.isStale = true;
      return known.done.promise;
    }
    if (!this.#isSought(target)) return Promise.resolve();
    const read = {
      target,
      isStale: false,
      heard: new Set<ObjectKey>(),
      deleted: new Set<string>(),
      backoff: new JitteredBackoff(),
      done: Promise.withResolvers<void>(),
    };
    this.#reads.set(target, read);
    this.#waiting.push(read);
    this.#next();
    return read.done.promise;
  }

  /** Reads all that is wanted, or what is wanted of one namespace. */
  readAll(namespace?: string): void {
    for (const target of this.#options.wanted()) {
      if (isWithin(partsOf(target).namespace, namespace)) void this.read(target);
    }
  }

  /** Resolves when all reads that are under way are done. */
  async settled(): Promise<void> {
    await Promise.all([...this.#reads.values()].map(({ done }) => done.promise));
  }

  /** Forgets what belongs to a target that nothing refers to any more. */
  forget(target: TargetId): void {
    const keys = this.#keysByTarget.get(target) ?? [];
    this.#keysByTarget.delete(target);
    for (const key of keys) if (this.#targetsOfKept(key).length === 0) this.#drop(key);
  }

  /** Takes what is heard of the objects of a namespace, or of all. */
  sinkFor(namespace: string | undefined, isListed: boolean): ReflectorSink {
    const { intake, kind } = this.#options;
    const name = kind.definition.kind;
    return {
      listed: (objects) => {
        for (const object of objects) this.#changed(object);
      },
      completed: (keys, version) => {
        if (!isListed) return this.readAll(namespace);
        for (const key of intake.keys(name)) {
          if (keys.has(key) || !isWithin(namespaceOf(key), namespace)) continue;
          if (!intake.isKnownAfter(name, key, version)) this.#drop(key, { isUrgent: true });
        }
        // What was deleted before the list was told by nobody, and an answer on its way may still have it.
        for (const read of this.#reads.values()) read.isStale = true;
      },
      changed: (object) => this.#changed(object),
      deleted: (object) => {
        const { uid } = object.metadata;
        let isUrgent = true;
        for (const target of this.#options.belonging.targetsOf(object)) {
          this.#keysByTarget.get(target)?.delete(keyOf(object));
          const read = this.#reads.get(target);
          if (uid !== undefined) read?.deleted.add(uid);
          isUrgent &&= read === undefined;
        }
        this.#drop(keyOf(object), { uid, isUrgent });
      },
      setBack: () => intake.setBack(name, namespace),
    };
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const { done } of this.#reads.values()) done.resolve();
  }

  #changed(object: AnyObject): void {
    const { isFetched, intake, kind } = this.#options;
    const targets = this.#wantedTargets(object);
    for (const target of targets) {
      if (isFetched) void this.read(target);
      else {
        const read = this.#reads.get(target);
        read?.heard.add(keyOf(object));
        this.#take(target, object, read === undefined);
      }
    }
    if (targets.length > 0 || isFetched) return;
    // An EndpointSlice whose label is changed leaves the Service it belonged to.
    const { resourceVersion = "" } = object.metadata;
    const isOld = intake.isKnownAfter(kind.definition.kind, keyOf(object), resourceVersion);
    if (!isOld) this.#drop(keyOf(object), { isUrgent: true });
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

  /** Whether anybody wants to have a target, and may. */
  #isSought(target: TargetId): boolean {
    const { isWanted, isVisible } = this.#options;
    return !this.#isStopped && isWanted(target) && isVisible(partsOf(target).namespace);
  }

  #next(): void {
    while (this.#running < maxReads) {
      const read = this.#waiting.shift();
      if (read === undefined) return;
      this.#running += 1;
      void this.#attempt(read).finally(() => {
        this.#running -= 1;
        this.#next();
      });
    }
  }

  async #attempt(read: Read): Promise<void> {
    if (!this.#isSought(read.target)) return this.#finish(read);
    read.isStale = false;
    read.heard.clear();
    read.deleted.clear();
    try {
      await this.#readOnce(read);
    } catch (reason) {
      if (this.#isStopped) return;
      const { attempts, useIn } = this.#options;
      attempts.failed(read.target, useIn(partsOf(read.target).namespace), reason);
      // Whoever waits goes on without it: what does not answer must not hold up everything else.
      read.done.resolve();
      this.#again(read, read.backoff.next());
      return;
    }
    this.#options.attempts.ended(read.target);
    if (read.isStale) this.#waiting.push(read);
    else this.#finish(read);
  }

  #again(read: Read, afterMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#waiting.push(read);
      this.#next();
    }, afterMs);
    this.#timers.add(timer);
  }

  #finish(read: Read): void {
    this.#reads.delete(read.target);
    this.#options.attempts.ended(read.target);
    read.done.resolve();
  }

  async #readOnce({ target, heard, deleted }: Read): Promise<void> {
    const found = (await this.#fetch(target)).filter(({ metadata }) => !deleted.has(metadata.uid ?? ""));
    if (!this.#isSought(target)) return;
    const keys = new Set(found.map(keyOf));
    for (const key of this.#keysByTarget.get(target) ?? []) {
      if (keys.has(key) || heard.has(key)) continue;
      this.#keysByTarget.get(target)?.delete(key);
      if (this.#targetsOfKept(key).includes(target)) this.#drop(key);
    }
    for (const object of found) this.#take(target, object, false);
  }

  async #fetch(target: TargetId): Promise<readonly AnyObject[]> {
    const { client, kind, belonging } = this.#options;
    const { namespace, name } = partsOf(target);
    const labelSelector = belonging.selector?.(target);
    if (labelSelector !== undefined) return (await client.listAll(kind.resource, { namespace, labelSelector })).items;
    try {
      return [await client.get(kind.resource, { namespace, name })];
    } catch (error) {
      if (hasStatus(error, 404)) return [];
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

function keyOf({ metadata }: AnyObject): ObjectKey {
  return objectKey(metadata.namespace, metadata.name);
}
