import { CollectionNode, type Place } from "./node.ts";
import { Placements } from "./placements.ts";
import type { Origin } from "./reads.ts";
import type { CountOptions, Failure } from "./types.ts";

/** Number of inputs per group. */
export class CountNode<T> extends CollectionNode<number> {
  readonly kind = "count";
  readonly from: readonly [CollectionNode<T>];
  readonly #placements: Placements<T>;

  constructor(place: Place, from: CollectionNode<T>, options: CountOptions<T>) {
    super(place, undefined);
    this.from = [from];
    this.#placements = new Placements(options.by);
  }

  get hasWork(): boolean {
    return this.isNew || this.from[0].emitted > 0;
  }

  get records(): number {
    return this.#placements.size;
  }

  protected update(): void {
    const [from] = this.from;
    const differences = new Map<string, number>();
    from.visitChanges(this.isNew, (key, value) => this.#move(key, value, differences));
    for (const [group, difference] of differences) {
      const count = (this.get(group) ?? 0) + difference;
      this.emit(group, count === 0 ? undefined : count);
    }
  }

  #move(key: string, value: T | undefined, differences: Map<string, number>): void {
    if (value !== undefined) this.computed++;
    try {
      const { left, joined } = this.#placements.move(key, value);
      for (const group of left?.keys ?? []) differences.set(group, (differences.get(group) ?? 0) - 1);
      for (const group of joined?.keys ?? []) differences.set(group, (differences.get(group) ?? 0) + 1);
    } catch (error) {
      this.threwAt(key, error);
    }
  }

  *originsOf(key: string): Iterable<Origin> {
    for (const input of this.#placements.filedUnder(key)) yield { node: this.from[0], key: input };
  }

  *failures(): Iterable<Failure> {
    for (const [key, error] of this.#placements.failing) yield { collection: this.name, key, error };
  }
}
