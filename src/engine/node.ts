import { type Origin, ReadPoints, type Traceable } from "./reads.ts";
import type { Scope } from "./scope.ts";
import type { Change, Collection, Equal, Failure, Member, NodeKind } from "./types.ts";

/** What every node of a graph has: a place in the order of evaluation, readers, counters of the running commit. */
export abstract class GraphNode implements Traceable {
  abstract readonly kind: NodeKind;
  readonly name: string;
  readonly scope: Scope;
  /** Place in the order of definition, which is the order of evaluation. */
  readonly order: number;
  readonly points: ReadPoints = new ReadPoints(this);
  /** Runs of the user's function in this commit. */
  computed = 0;
  /** What threw in this commit. */
  threw: Failure[] = [];
  /** True until its first update, which must look at all of its input, not only at what changed. */
  protected isNew = true;

  constructor(place: Place) {
    this.name = place.name;
    this.scope = place.scope;
    this.order = place.order;
  }

  get isSource(): boolean {
    return this.kind === "source";
  }

  abstract readonly size: number;
  /** Collections it is made from. */
  abstract readonly from: readonly GraphNode[];
  abstract has(key: string): boolean;
  abstract allKeys(): Iterable<string>;
  abstract originsOf(key: string): Iterable<Origin>;
  /** Keys changed in this commit. */
  abstract readonly emitted: number;
  abstract readonly hasWork: boolean;
  protected abstract update(): void;
  /** Failures that still stand: entries whose function threw at its last run. */
  abstract failures(): Iterable<Failure>;

  /** Records kept beside the values: what is filed, claimed, read, failing or waiting. */
  abstract readonly records: number;

  /** Entries hidden by another with the same key. */
  get shadowed(): number {
    return 0;
  }

  /** Brings the node up to date with its inputs. Called once in a commit, after all nodes defined before it. */
  run(): void {
    this.update();
    this.isNew = false;
  }

  /** Forgets what was kept for the running commit only. */
  settle(): void {
    this.computed = 0;
    if (this.threw.length > 0) this.threw = [];
  }

  protected threwAt(key: string, error: unknown): void {
    this.threw.push({ collection: this.name, key, error });
  }
}

/** Where a node stands: its name, its graph and its place in the order of definition. */
export interface Place {
  readonly name: string;
  readonly scope: Scope;
  readonly order: number;
}

/** A node that holds values. */
export abstract class CollectionNode<T> extends GraphNode implements Collection<T> {
  readonly #values = new Map<string, T>();
  /** Keys changed in this commit, with the value each had before. Not kept while `#wasEmpty`. */
  readonly #changes = new Map<string, T | undefined>();
  /** Nothing was there when this commit began, so every entry is a change: filling a graph need not be written down twice. */
  #wasEmpty = true;
  readonly #equal: Equal<T>;
  /** Sorted entries, kept as long as nothing changes. */
  #sorted: readonly Member<T>[] | undefined;

  constructor(place: Place, equal: Equal<T> | undefined) {
    super(place);
    this.#equal = equal ?? Object.is;
  }

  get size(): number {
    return this.#values.size;
  }

  get emitted(): number {
    return this.#wasEmpty ? this.#values.size : this.#changes.size;
  }

  get(key: string): T | undefined {
    return this.#values.get(key);
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  allKeys(): Iterable<string> {
    return this.#values.keys();
  }

  /** Visits what changed in this commit, or everything, with the new value of each (`undefined`: gone). */
  visitChanges(everything: boolean, visit: (key: string, value: T | undefined) => void): void {
    if (everything || this.#wasEmpty) for (const [key, value] of this.#values) visit(key, value);
    else for (const key of this.#changes.keys()) visit(key, this.#values.get(key));
  }

  *entries(): Iterable<[string, T]> {
    for (const { key, value } of this.sorted()) yield [key, value];
  }

  sorted(): readonly Member<T>[] {
    this.#sorted ??= Array.from(this.#values, ([key, value]) => ({ key, value })).sort(byKey);
    return this.#sorted;
  }

  /** What changed in this commit, sorted by key. */
  changes(): Change<T>[] {
    const changes: Change<T>[] = [];
    this.visitChanges(false, (key, value) => changes.push({ key, value, previous: this.#changes.get(key) }));
    return changes.sort(byKey);
  }

  override settle(): void {
    super.settle();
    this.#changes.clear();
    this.#wasEmpty = this.#values.size === 0;
  }

  /**
   * Sets the value of a key (`undefined` removes it) and has its readers computed again, unless it equals the former one.
   * At most once per key in a commit: what is emitted is final.
   */
  protected emit(key: string, value: T | undefined): void {
    const previous = this.#values.get(key);
    if (value === undefined) {
      if (previous === undefined) return;
      this.#values.delete(key);
    } else {
      if (previous !== undefined && this.#isEqual(key, previous, value)) return;
      this.#values.set(key, value);
    }
    this.#sorted = undefined;
    if (!this.#wasEmpty) this.#changes.set(key, previous);
    if (this.points.size === 0) return;
    this.points.notify(key);
    if (this.emitted === 1) this.points.notifyWhole();
  }

  /** A comparison that throws counts as a difference: that may cost work, but never shows a stale value. */
  #isEqual(key: string, a: T, b: T): boolean {
    try {
      return this.#equal(a, b);
    } catch (error) {
      this.threwAt(key, error);
      return false;
    }
  }
}

/** Order by key, by UTF-16 code units: the same on every machine. */
export function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
