import type { CollectionNode, Place } from "./node.ts";
import { ReadingNode } from "./reading-node.ts";
import type { Origin } from "./reads.ts";
import type { Recorder } from "./recorder.ts";
import type { DeriveOptions } from "./types.ts";

/** One output per input, under the same key or that key with a prefix. */
export class DeriveNode<T, U> extends ReadingNode<U> {
  readonly kind = "derive";
  readonly from: readonly [CollectionNode<T>];
  readonly #map: DeriveOptions<T, U>["map"];
  readonly #prefix: string;

  constructor(place: Place, recorder: Recorder, from: CollectionNode<T>, options: DeriveOptions<T, U>) {
    super(place, recorder, options.equal);
    this.from = [from];
    this.#map = options.map;
    this.#prefix = options.prefix ?? "";
  }

  get hasWork(): boolean {
    return this.isNew || this.from[0].emitted > 0 || this.readers.dirty.size > 0;
  }

  protected update(): void {
    const [from] = this.from;
    const { dirty } = this.readers;
    from.visitChanges(this.isNew, (key, value) => {
      dirty.delete(key);
      this.#compute(key, value);
    });
    for (const key of dirty) this.#compute(key, from.get(key));
  }

  #compute(key: string, value: T | undefined): void {
    if (value === undefined) {
      this.forget(key);
      this.emit(this.#prefix + key, undefined);
      return;
    }
    this.evaluate(
      key,
      (ctx) => this.#map(value, key, ctx),
      (output) => this.emit(this.#prefix + key, output),
    );
  }

  *originsOf(key: string): Iterable<Origin> {
    const input = key.slice(this.#prefix.length);
    yield { node: this.from[0], key: input };
    yield* this.readOrigins(input);
  }
}
