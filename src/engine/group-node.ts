import type { CollectionNode, Place } from "./node.ts";
import { Placements } from "./placements.ts";
import { ReadingNode } from "./reading-node.ts";
import type { Origin } from "./reads.ts";
import type { Recorder } from "./recorder.ts";
import { type Compare, SortedMembers, totalOrder } from "./sorted-members.ts";
import type { Failure, GroupOptions } from "./types.ts";

/** One output per group of inputs. */
export class GroupNode<T, U> extends ReadingNode<U> {
  readonly kind = "group";
  readonly from: readonly [CollectionNode<T>];
  readonly #reduce: GroupOptions<T, U>["reduce"];
  readonly #compare: Compare<T>;
  readonly #placements: Placements<T>;
  readonly #groups = new Map<string, SortedMembers<T>>();

  constructor(place: Place, recorder: Recorder, from: CollectionNode<T>, options: GroupOptions<T, U>) {
    super(place, recorder, options.equal);
    this.from = [from];
    this.#reduce = options.reduce;
    this.#compare = totalOrder(options.compare);
    this.#placements = new Placements(options.by);
  }

  get hasWork(): boolean {
    return this.isNew || this.from[0].emitted > 0 || this.readers.dirty.size > 0;
  }

  override get records(): number {
    return super.records + this.#groups.size + this.#placements.size;
  }

  protected update(): void {
    const [from] = this.from;
    const touched = new Set(this.readers.dirty);
    from.visitChanges(this.isNew, (key, value) => this.#move(key, value, touched));
    for (const group of touched) this.#compute(group);
  }

  #move(key: string, value: T | undefined, touched: Set<string>): void {
    try {
      const { left, joined } = this.#placements.move(key, value);
      if (left) for (const group of left.keys) this.#touch(group, touched).remove(left.member);
      if (joined) for (const group of joined.keys) this.#touch(group, touched).add(joined.member);
    } catch (error) {
      this.threwAt(key, error);
    }
  }

  #touch(name: string, touched: Set<string>): SortedMembers<T> {
    touched.add(name);
    let group = this.#groups.get(name);
    if (!group) {
      group = new SortedMembers();
      this.#groups.set(name, group);
    }
    return group;
  }

  #compute(name: string): void {
    const group = this.#groups.get(name);
    if (!group || group.size === 0) {
      this.#groups.delete(name);
      this.forget(name);
      this.emit(name, undefined);
      return;
    }
    this.evaluate(
      name,
      (ctx) => {
        group.apply(this.#compare);
        return this.#reduce(group.members, name, ctx);
      },
      (output) => this.emit(name, output),
    );
  }

  *originsOf(key: string): Iterable<Origin> {
    for (const member of this.#groups.get(key)?.members ?? []) yield { node: this.from[0], key: member.key };
    yield* this.readOrigins(key);
  }

  override *failures(): Iterable<Failure> {
    yield* super.failures();
    for (const [key, error] of this.#placements.failing) yield { collection: this.name, key, error };
  }
}
