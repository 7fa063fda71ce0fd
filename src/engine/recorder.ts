import { IndexNode } from "./index-node.ts";
import { CollectionNode, type GraphNode } from "./node.ts";
import type { Reader, ReadPoint } from "./reads.ts";
import type { Collection, Context, Index, Member } from "./types.ts";

/**
 * Runs a user's function with a context that records what it reads. One per graph, since computations never nest.
 */
export class Recorder implements Context {
  #reading: GraphNode | undefined;
  #stamp = 0;
  /** Points read by the running computation, each once. */
  readonly #found: ReadPoint[] = [];

  /**
   * Calls `compute` on behalf of one entry of `node` and replaces that entry's recorded reads in `readers` by what was read now,
   * also if it throws: those reads are what may make the next try succeed.
   */
  run<R>(node: GraphNode, readers: Readers, key: string, compute: (ctx: Context) => R): R {
    this.#reading = node;
    this.#stamp++;
    try {
      return compute(this);
    } finally {
      this.#reading = undefined;
      readers.replace(key, this.#found, this.#stamp);
      this.#found.length = 0;
    }
  }

  get<T>(collection: Collection<T>, key: string): T | undefined {
    const node = this.#open(collection, CollectionNode);
    this.#record(node.points.at(key));
    return collection.get(key);
  }

  lookup<T>(index: Index<T>, key: string): readonly Member<T>[] {
    const node = this.#open(index, IndexNode);
    this.#record(node.points.at(key));
    return index.lookup(key);
  }

  all<T>(collection: Collection<T>): readonly Member<T>[] {
    const node = this.#open(collection, CollectionNode) as CollectionNode<T>;
    this.#record(node.points.whole());
    return node.sorted();
  }

  #record(point: ReadPoint): void {
    if (point.stamp === this.#stamp) return;
    point.stamp = this.#stamp;
    this.#found.push(point);
  }

  /** Checks that the running computation may read a collection or index. */
  #open<N extends GraphNode>(target: { readonly name: string }, kind: abstract new (...args: never[]) => N): N {
    const reading = this.#reading;
    if (!reading) throw new Error(`${target.name} was read through a context whose function has already returned`);
    if (!(target instanceof kind) || target.scope !== reading.scope)
      throw new Error(`${reading.name} reads ${target.name}, which does not belong to the same graph`);
    if (target.order >= reading.order)
      throw new Error(
        `${reading.name} reads ${target.name}, which is defined after it; a collection may read only those defined before it`,
      );
    return target;
  }
}

/** The entries of one derived collection that read something. */
export class Readers {
  /** Entries that something they read has changed for. */
  readonly dirty = new Set<string>();
  readonly #readers = new Map<string, Reader>();

  get size(): number {
    return this.#readers.size;
  }

  /** Replaces an entry's reads by `found`, all of which carry `stamp`. */
  replace(key: string, found: readonly ReadPoint[], stamp: number): void {
    let reader = this.#readers.get(key);
    if (!reader) {
      if (found.length === 0) return;
      reader = { dirty: this.dirty, key, reads: [] };
      this.#readers.set(key, reader);
    }
    for (const point of reader.reads) if (point.stamp !== stamp) point.remove(reader);
    for (const point of found) point.add(reader);
    // A copy has no spare capacity, unlike an array that grew.
    reader.reads = found.slice();
    if (found.length === 0) this.#readers.delete(key);
  }

  /** Takes back all reads of an entry that is gone. */
  forget(key: string): void {
    const reader = this.#readers.get(key);
    if (!reader) return;
    for (const point of reader.reads) point.remove(reader);
    this.#readers.delete(key);
  }

  readsOf(key: string): readonly ReadPoint[] {
    return this.#readers.get(key)?.reads ?? [];
  }

  *all(): Iterable<ReadPoint> {
    for (const reader of this.#readers.values()) yield* reader.reads;
  }
}
