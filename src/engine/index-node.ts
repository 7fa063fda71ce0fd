import { byKey, type CollectionNode, GraphNode, type Place } from "./node.ts";
import { Placements } from "./placements.ts";
import type { Origin } from "./reads.ts";
import { SortedMembers } from "./sorted-members.ts";
import type { Failure, Index, IndexOptions, Member } from "./types.ts";

const none: readonly never[] = Object.freeze([]);

/** Entries of a collection by other keys. */
export class IndexNode<T> extends GraphNode implements Index<T> {
  readonly kind = "index";
  readonly from: readonly [CollectionNode<T>];
  readonly #placements: Placements<T>;
  readonly #filed = new Map<string, SortedMembers<T>>();
  /** Index keys whose entries changed in this commit. */
  readonly #touched = new Set<string>();

  constructor(place: Place, from: CollectionNode<T>, options: IndexOptions<T>) {
    super(place);
    this.from = [from];
    this.#placements = new Placements(options.keys);
  }

  get size(): number {
    return this.#filed.size;
  }

  get emitted(): number {
    return this.#touched.size;
  }

  get hasWork(): boolean {
    return this.isNew || this.from[0].emitted > 0;
  }

  get records(): number {
    return this.#filed.size + this.#placements.size;
  }

  has(key: string): boolean {
    return this.#filed.has(key);
  }

  allKeys(): Iterable<string> {
    return this.#filed.keys();
  }

  lookup(key: string): readonly Member<T>[] {
    return this.#filed.get(key)?.members ?? none;
  }

  override settle(): void {
    super.settle();
    this.#touched.clear();
  }

  protected update(): void {
    const [from] = this.from;
    from.visitChanges(this.isNew, (key, value) => this.#move(key, value));
    for (const key of this.#touched) {
      const filed = this.#filed.get(key);
      filed?.apply(byKey);
      if (filed?.members.length === 0) this.#filed.delete(key);
      this.points.notify(key);
    }
  }

  #move(key: string, value: T | undefined): void {
    if (value !== undefined) this.computed++;
    try {
      const { left, joined } = this.#placements.move(key, value);
      if (left) for (const each of left.keys) this.#touch(each).remove(left.member);
      if (joined) for (const each of joined.keys) this.#touch(each).add(joined.member);
    } catch (error) {
      this.threwAt(key, error);
    }
  }

  #touch(key: string): SortedMembers<T> {
    this.#touched.add(key);
    let filed = this.#filed.get(key);
    if (!filed) {
      filed = new SortedMembers();
      this.#filed.set(key, filed);
    }
    return filed;
  }

  *originsOf(key: string): Iterable<Origin> {
    for (const member of this.lookup(key)) yield { node: this.from[0], key: member.key };
  }

  *failures(): Iterable<Failure> {
    for (const [key, error] of this.#placements.failing) yield { collection: this.name, key, error };
  }
}
