import { compareText } from "../api/object.ts";
import type { ObjectStatus } from "../translate/conditions.ts";
import { mergeStatus, type WrittenStatus, withoutOurs } from "./object-status.ts";
import type { StatusUpdate, StatusWriter } from "./writer.ts";

/** A status as the store holds it. */
export interface StoredStatus {
  readonly kind: string;
  /** `namespace/name`, or `name`. */
  readonly key: string;
  /** Of the object the status is about: an object made anew under the same name begins without a status. */
  readonly uid?: string | undefined;
  readonly status: WrittenStatus;
}

export interface StatusStoreOptions {
  readonly controllerName: string;
  readonly clock: () => Date;
  /** What statuses are handed to when they changed. Default: nobody. */
  readonly writers?: readonly StatusWriter[];
  /** Statuses of an earlier run: their transition times live on. Default: none. */
  readonly initial?: Iterable<StoredStatus>;
}

/** A computed status that appeared, changed or (`value` undefined) vanished; an engine's change of the collection `statuses` fits. */
export interface StatusChange {
  readonly value: ObjectStatus | undefined;
  readonly previous: ObjectStatus | undefined;
}

/**
 * The newest status of every object. In file mode it is the place where statuses live; for a cluster it decides what has to be
 * written. Size: one entry for each object that has a status. Nothing is queued here: a writer that is slow asks for the newest
 * status of a key when it gets to it.
 */
export class StatusStore {
  readonly #options: StatusStoreOptions;
  readonly #statuses = new Map<string, StoredStatus>();
  readonly #watchers = new Set<(update: StatusUpdate) => void>();
  /** Statuses of an earlier run whose objects have not been seen yet. */
  readonly #former: Map<string, StoredStatus>;

  constructor(options: StatusStoreOptions) {
    this.#options = options;
    this.#former = new Map([...(options.initial ?? [])].map((stored) => [storeKey(stored.kind, stored.key), stored]));
  }

  /** Takes over what one commit computed. Statuses that are the same as before are told to nobody. */
  apply(changes: readonly StatusChange[]): void {
    for (const { value, previous } of changes) {
      if (value) this.#set(value);
      else if (previous) this.#delete(previous);
    }
  }

  /**
   * Tells what another place (an API server) holds as an object's status: the base for what is merged from now on.
   */
  observe(stored: StoredStatus): void {
    this.#statuses.set(storeKey(stored.kind, stored.key), stored);
  }

  get(kind: string, key: string): StoredStatus | undefined {
    return this.#statuses.get(storeKey(kind, key));
  }

  /** All statuses, or those of one kind, ordered by kind and key. */
  list(kind?: string): readonly StoredStatus[] {
    const all = [...this.#statuses.values()];
    const wanted = kind === undefined ? all : all.filter((stored) => stored.kind === kind);
    return wanted.sort((a, b) => compareText(a.kind, b.kind) || compareText(a.key, b.key));
  }

  get size(): number {
    return this.#statuses.size;
  }

  /** Calls `watcher` for every status that changes from now on; the returned function ends that. */
  watch(watcher: (update: StatusUpdate) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #set(computed: ObjectStatus): void {
    const id = storeKey(computed.kind, computed.key);
    const stored = this.#statuses.get(id) ?? this.#former.get(id);
    this.#former.delete(id);
    const isSameObject =
      stored !== undefined && (stored.uid === undefined || computed.uid === undefined || stored.uid === computed.uid);
    const previous = isSameObject ? stored.status : undefined;
    const status = mergeStatus(previous, computed.body, {
      controllerName: this.#options.controllerName,
      now: this.#options.clock(),
    });
    const isNew = !this.#statuses.has(id);
    if (status === previous && !isNew && stored?.uid === computed.uid) return;
    this.#statuses.set(id, { kind: computed.kind, key: computed.key, uid: computed.uid, status });
    if (status !== previous || isNew)
      this.#tell({ kind: computed.kind, key: computed.key, uid: computed.uid, status, previous });
  }

  #delete({ kind, key, uid }: ObjectStatus): void {
    const id = storeKey(kind, key);
    const stored = this.#statuses.get(id);
    if (!stored) return;
    const status = withoutOurs(stored.status, this.#options.controllerName);
    if (status) this.#statuses.set(id, { ...stored, status });
    else this.#statuses.delete(id);
    this.#tell({ kind, key, uid, status, previous: stored.status });
  }

  #tell(update: StatusUpdate): void {
    for (const writer of this.#options.writers ?? []) writer.write(update);
    for (const watcher of this.#watchers) watcher(update);
  }
}

function storeKey(kind: string, key: string): string {
  return `${kind}/${key}`;
}
