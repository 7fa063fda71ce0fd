import { CollectionNode, type Place } from "./node.ts";
import type { Origin } from "./reads.ts";
import type { Failure } from "./types.ts";

/** All entries of several collections; the one listed first wins a key that several have. */
export class UnionNode<T> extends CollectionNode<T> {
  readonly kind = "union";
  readonly from: readonly CollectionNode<T>[];
  readonly records = 0;

  constructor(place: Place, from: readonly CollectionNode<T>[]) {
    super(place, undefined);
    this.from = from;
  }

  get hasWork(): boolean {
    return this.isNew || this.from.some((each) => each.emitted > 0);
  }

  override get shadowed(): number {
    return this.from.reduce((sum, each) => sum + each.size, -this.size);
  }

  protected update(): void {
    const touched = new Set<string>();
    for (const each of this.from) each.visitChanges(this.isNew, (key) => touched.add(key));
    for (const key of touched) this.emit(key, this.#holder(key)?.get(key));
  }

  #holder(key: string): CollectionNode<T> | undefined {
    return this.from.find((each) => each.has(key));
  }

  *originsOf(key: string): Iterable<Origin> {
    const holder = this.#holder(key);
    for (const node of holder ? [holder] : this.from) yield { node, key };
  }

  failures(): Iterable<Failure> {
    return [];
  }
}
