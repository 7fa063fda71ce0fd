import type { Keys, Member } from "./types.ts";

/** Where one input entry is filed. */
interface Placement<T> {
  readonly member: Member<T>;
  readonly keys: readonly string[];
}

/** What moving an entry did: where the former member was and where the new one is. */
export interface Move<T> {
  readonly left: Placement<T> | undefined;
  readonly joined: Placement<T> | undefined;
}

/** Remembers under which keys each entry of a collection is filed, so that it can be taken out when it changes or goes. */
export class Placements<T> {
  readonly #keys: (value: T, key: string) => Keys;
  readonly #placed = new Map<string, Placement<T>>();
  /** What the function threw at its last run, by input key. */
  readonly failing = new Map<string, unknown>();

  constructor(keys: (value: T, key: string) => Keys) {
    this.#keys = keys;
  }

  get size(): number {
    return this.#placed.size + this.failing.size;
  }

  /** Files an entry's new value, or takes it out (`undefined`). If the function throws, the entry stays as it is filed, and this throws. */
  move(key: string, value: T | undefined): Move<T> {
    const left = this.#placed.get(key);
    let joined: Placement<T> | undefined;
    if (value !== undefined) {
      const keys = this.#keysOf(value, key);
      if (keys.length > 0) joined = { member: { key, value }, keys };
    }
    if (this.failing.size > 0) this.failing.delete(key);
    if (joined) this.#placed.set(key, joined);
    else this.#placed.delete(key);
    return { left, joined };
  }

  #keysOf(value: T, key: string): readonly string[] {
    try {
      const keys = this.#keys(value, key);
      if (keys === undefined) return [];
      if (typeof keys === "string") return [keys];
      const list = [...keys];
      return list.length > 1 ? [...new Set(list)] : list;
    } catch (error) {
      this.failing.set(key, error);
      throw error;
    }
  }

  /** Input keys filed under a key. Looks at every entry: for explanations, not for evaluation. */
  *filedUnder(key: string): Iterable<string> {
    for (const [input, { keys }] of this.#placed) if (keys.includes(key)) yield input;
  }
}
