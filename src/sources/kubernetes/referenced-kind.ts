import { type ObjectKey, objectKey } from "../../api/object.ts";
import { JitteredBackoff } from "../../kube/backoff.ts";
import type { AnyObject, KubeClient } from "../../kube/client.ts";
import { hasStatus, KubeError } from "../../kube/error.ts";
import type { ReflectorSink } from "../../kube/reflector.ts";
import type { Intake } from "./intake.ts";
import type { FollowedKind } from "./kinds.ts";
import { partsOf, type TargetId, targetId } from "./references.ts";
import { isWithin, namespaceOf } from "./scope.ts";

/** How objects of a kind belong to what is referred to. */
export interface Belonging {
  /** What an object belongs to: itself, or, for an EndpointSlice, the Services in its labels. */
  readonly targetsOf: (object: AnyObject) => readonly TargetId[];
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
  /** Told with each failure to read, and with `undefined` when reading works again. */
  readonly onState: (error: KubeError | undefined) => void;
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
    if (this.#isStopped || !this.#options.isVisible(partsOf(target).namespace)) return Promise.resolve();
    const read = {
      target,
      isStale: false,
      heard: new Set<ObjectKey>(),
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
    for (const key of this.#keysByTarget.get(target) ?? []) this.#drop(key);
    this.#keysByTarget.delete(target);
  }

  /** Takes what is heard of the objects of a namespace, or of all. */
  sinkFor(namespace: string | undefined, isListed: boolean): ReflectorSink {
    const { intake, kind } = this.#options;
    return {
      listed: (objects) => {
        for (const object of objects) this.#changed(object, true);
      },
      completed: (keys) => {
        if (!isListed) this.readAll(namespace);
        else
          for (const key of intake.keys(kind.definition.kind)) {
            if (!keys.has(key) && isWithin(namespaceOf(key), namespace)) this.#drop(key);
          }
      },
      changed: (object) => this.#changed(object, false),
      deleted: (object) => {
        for (const target of this.#options.belonging.targetsOf(object)) {
          this.#keysByTarget.get(target)?.delete(keyOf(object));
          // Whether it was made anew meanwhile, a read under way may not know.
          const read = this.#reads.get(target);
          if (read) read.isStale = true;
        }
        this.#drop(keyOf(object), object.metadata.uid);
      },
    };
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const { done } of this.#reads.values()) done.resolve();
  }

  #changed(object: AnyObject, isFinal: boolean): void {
    const targets = this.#wantedTargets(object);
    for (const target of targets) {
      if (this.#options.isFetched) void this.read(target);
      else {
        this.#reads.get(target)?.heard.add(keyOf(object));
        this.#take(target, object, isFinal);
      }
    }
    // An EndpointSlice whose label is changed leaves the Service it belonged to.
    if (targets.length === 0 && !this.#options.isFetched) this.#drop(keyOf(object));
  }

  #wantedTargets(object: AnyObject): readonly TargetId[] {
    const { belonging, isWanted, isVisible } = this.#options;
    if (!isVisible(object.metadata.namespace ?? "")) return [];
    return belonging.targetsOf(object).filter(isWanted);
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
    if (this.#isStopped || !this.#options.isWanted(read.target)) return this.#finish(read);
    read.isStale = false;
    read.heard.clear();
    try {
      await this.#readOnce(read);
    } catch (reason) {
      this.#options.onState(reason instanceof KubeError ? reason : new KubeError(String(reason), 0, "Failed"));
      // Whoever waits goes on without it: what does not answer must not hold up everything else.
      read.done.resolve();
      this.#again(read, read.backoff.next());
      return;
    }
    this.#options.onState(undefined);
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
    read.done.resolve();
  }

  async #readOnce({ target, heard }: Read): Promise<void> {
    const found = await this.#fetch(target);
    if (!this.#options.isWanted(target) || this.#isStopped) return;
    const keys = new Set(found.map(keyOf));
    for (const key of this.#keysByTarget.get(target) ?? []) {
      if (keys.has(key) || heard.has(key)) continue;
      this.#keysByTarget.get(target)?.delete(key);
      this.#drop(key);
    }
    // What a watch brings may overtake a read, unless the watch itself only leads to reads.
    for (const object of found) this.#take(target, object, this.#options.isFetched);
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

  #take(target: TargetId, object: AnyObject, isFinal: boolean): void {
    const keys = this.#keysByTarget.get(target) ?? new Set();
    this.#keysByTarget.set(target, keys.add(keyOf(object)));
    this.#options.intake.take(this.#options.kind, object, isFinal);
  }

  #drop(key: ObjectKey, uid?: string): void {
    this.#options.intake.drop(this.#options.kind.definition.kind, key, uid);
  }
}

function keyOf({ metadata }: AnyObject): ObjectKey {
  return objectKey(metadata.namespace, metadata.name);
}
