import { byKey } from "./node.ts";
import type { Member } from "./types.ts";

export type Compare<T> = (a: Member<T>, b: Member<T>) => number;

/** Up to this many changes are made one by one, each with a (fast) copy of the whole list; more are merged in one walk. */
const maxSingleChanges = 4;

/** A comparison that never calls two different members equal: ties are decided by key. */
export function totalOrder<T>(compare: Compare<T> | undefined): Compare<T> {
  return compare ? (a, b) => compare(a, b) || byKey(a, b) : byKey;
}

/**
 * Members in order. Changes are collected and applied together: k changes to n members cost O(k log n) comparisons and one copy,
 * never a new sort. `members` is replaced, not changed, so whoever keeps it keeps what it was.
 */
export class SortedMembers<T> {
  members: readonly Member<T>[] = [];
  #added: Set<Member<T>> | undefined;
  #removed: Set<Member<T>> | undefined;

  /** Number of members once what was collected is applied. */
  get size(): number {
    return this.members.length + (this.#added?.size ?? 0) - (this.#removed?.size ?? 0);
  }

  add(member: Member<T>): void {
    this.#added ??= new Set();
    this.#added.add(member);
  }

  remove(member: Member<T>): void {
    if (this.#added?.delete(member)) return;
    this.#removed ??= new Set();
    this.#removed.add(member);
  }

  /** Applies what was collected. If `compare` throws, so does this, and what was collected waits for the next call. */
  apply(compare: Compare<T>): void {
    const kept = this.#removed?.size ? without(this.members, this.#removed, compare) : this.members;
    this.members = this.#added?.size ? merged(kept, [...this.#added].sort(compare), compare) : kept;
    this.#added = undefined;
    this.#removed = undefined;
  }
}

function without<T>(
  members: readonly Member<T>[],
  removed: ReadonlySet<Member<T>>,
  compare: Compare<T>,
): readonly Member<T>[] {
  if (removed.size === members.length) return [];
  const positions = Array.from(removed, (member) => position(members, member, compare)).sort((a, b) => a - b);
  if (positions.length <= maxSingleChanges)
    return positions.reduceRight<readonly Member<T>[]>((rest, at) => rest.toSpliced(at, 1), members);
  const kept: Member<T>[] = [];
  let start = 0;
  for (const at of positions) {
    append(kept, members, start, at);
    start = at + 1;
  }
  append(kept, members, start, members.length);
  return kept;
}

function merged<T>(
  members: readonly Member<T>[],
  added: readonly Member<T>[],
  compare: Compare<T>,
): readonly Member<T>[] {
  if (members.length === 0) return added;
  if (added.length <= maxSingleChanges)
    return added.reduce((all, member) => all.toSpliced(lowerBound(all, member, compare, 0), 0, member), members);
  const all: Member<T>[] = [];
  let start = 0;
  for (const member of added) {
    const at = lowerBound(members, member, compare, start);
    append(all, members, start, at);
    all.push(member);
    start = at;
  }
  append(all, members, start, members.length);
  return all;
}

/** Where a member is. A user's comparison that throws or contradicts itself must not keep a member from going, hence the second search. */
function position<T>(members: readonly Member<T>[], member: Member<T>, compare: Compare<T>): number {
  try {
    const at = lowerBound(members, member, compare, 0);
    if (members[at] === member) return at;
  } catch {
    // Adding a member will meet the same error and report it.
  }
  return members.indexOf(member);
}

/** First position from `start` on whose member does not come before `member`. */
function lowerBound<T>(members: readonly Member<T>[], member: Member<T>, compare: Compare<T>, start: number): number {
  let low = start;
  let high = members.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const candidate = members[middle];
    if (candidate && compare(candidate, member) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function append<T>(to: T[], from: readonly T[], start: number, end: number): void {
  for (let at = start; at < end; at++) to.push(from[at] as T);
}
