import { CollectionNode, type Place } from "./node.ts";
import type { Origin, ReadPoint } from "./reads.ts";
import { Readers, type Recorder } from "./recorder.ts";
import type { Context, Equal, Failure } from "./types.ts";

/** A collection whose function reads others through the context and may throw. */
export abstract class ReadingNode<T> extends CollectionNode<T> {
  protected readonly readers = new Readers();
  readonly #recorder: Recorder;
  /** What the function threw at its last run, by the key it ran for. */
  readonly #failing = new Map<string, unknown>();

  constructor(place: Place, recorder: Recorder, equal: Equal<T> | undefined) {
    super(place, equal);
    this.#recorder = recorder;
  }

  override settle(): void {
    super.settle();
    this.readers.dirty.clear();
  }

  get records(): number {
    return this.readers.size + this.#failing.size;
  }

  /** All reads that are recorded now. */
  recordedReads(): Iterable<ReadPoint> {
    return this.readers.all();
  }

  *failures(): Iterable<Failure> {
    for (const [key, error] of this.#failing) yield { collection: this.name, key, error };
  }

  /** Runs the user's function for a key and hands its result to `accept`; if it throws, what was there stays. */
  protected evaluate<R>(key: string, compute: (ctx: Context) => R, accept: (result: R) => void): void {
    this.computed++;
    let result: R;
    try {
      result = this.#recorder.run(this, this.readers, key, compute);
    } catch (error) {
      this.failed(key, error);
      return;
    }
    if (this.#failing.size > 0) this.#failing.delete(key);
    accept(result);
  }

  protected failed(key: string, error: unknown): void {
    this.#failing.set(key, error);
    this.threwAt(key, error);
  }

  /** Drops what is kept about a key that is gone. */
  protected forget(key: string): void {
    this.readers.forget(key);
    if (this.#failing.size > 0) this.#failing.delete(key);
  }

  /** What the function read for a key, as origins. */
  protected *readOrigins(key: string): Iterable<Origin> {
    for (const point of this.readers.readsOf(key)) {
      const node = point.owner.node;
      if (point.key !== undefined) yield { node, key: point.key };
      else for (const each of node.allKeys()) yield { node, key: each };
    }
  }
}
