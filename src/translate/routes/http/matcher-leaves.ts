/** The keys of a matcher tree, and which routes are under each. */
import type { RouteEntry } from "./rule-input.ts";

interface WithPath {
  readonly path: RouteEntry["path"];
}

/** A tree, as ranks: places in the list of routes, which is in order of precedence. */
export interface TreePlan {
  readonly keys: readonly Key[];
  /**
   * Ranks of the routes for requests whose longest matching key this is, in order. The array is used again by the
   * next call.
   */
  routesOf(key: Key): readonly number[];
  /** Rank of a route with one of the key's paths. */
  ownRoute(key: Key): number;
  /** Ranks of the routes for requests that begin with no key. */
  readonly otherwise: readonly number[];
}

/** A beginning of paths. */
export interface Key {
  readonly text: string;
  /** Paths of routes that have this as the longest key they begin with; at least one. */
  readonly paths: readonly string[];
}

/** A tree may have this many times as many routes as the list. */
const MOST_COPIES = 4;

/** As many paths share a key, or more, before it is divided. */
const BUCKET = 16;

/**
 * The tree for entries in order of precedence; `undefined` if it would hold too many copies, or save nothing.
 *
 * Every path is a key first. If that makes too many copies (many routes on `/`, many regular expressions), paths that
 * begin alike share a key.
 */
export function planTree(entries: readonly WithPath[]): TreePlan | undefined {
  const table = new PathTable(entries);
  const paths = table.paths();
  return (
    table.plan(paths.map((path) => ({ text: path, paths: [path] }))) ??
    table.plan(sharedKeys(paths.sort(), Math.max(BUCKET, table.sharedByAll)))
  );
}

/**
 * Entries by path. This runs over all routes of a host whenever one changes, hence chains of numbers instead of
 * lists.
 */
class PathTable {
  readonly #entries: readonly WithPath[];
  /** Lowest rank of each path, but for regular expressions. */
  readonly #first = new Map<string, number>();
  /** By rank: the next rank with the same path, or -1. */
  readonly #next: Int32Array;
  readonly #regex: number[] = [];
  readonly #found: number[] = [];

  constructor(entries: readonly WithPath[]) {
    this.#entries = entries;
    this.#next = new Int32Array(entries.length);
    for (let rank = entries.length - 1; rank >= 0; rank--) {
      const { path } = entries[rank] as WithPath;
      if (path.type === "regex") {
        this.#regex.unshift(rank);
        continue;
      }
      this.#next[rank] = this.#first.get(path.value) ?? -1;
      this.#first.set(path.value, rank);
    }
  }

  paths(): string[] {
    return [...this.#first.keys()];
  }

  /** Number of routes that every key needs: regular expressions and what is on `/`. */
  get sharedByAll(): number {
    this.#found.length = 0;
    this.#addPrefixes("/");
    return this.#found.length + this.#regex.length;
  }

  /**
   * The tree with these keys, if it is worth its size: with half of all routes under one key, Envoy would hardly look
   * at fewer.
   */
  plan(keys: readonly Key[]): TreePlan | undefined {
    let copies = 0;
    for (const key of keys) {
      const { length } = this.#routesOf(key);
      copies += length;
      if (copies > this.#entries.length * MOST_COPIES || length * 2 > this.#entries.length) return undefined;
    }
    return {
      keys,
      routesOf: (key) => this.#routesOf(key),
      ownRoute: ({ paths: [first = ""] }) => this.#first.get(first) ?? 0,
      otherwise: this.#regex,
    };
  }

  #routesOf({ text, paths }: Key): readonly number[] {
    const found = this.#found;
    found.length = 0;
    for (const path of paths) this.#addAll(path);
    if (text.length > 1) this.#addPrefixes("/");
    // Prefixes above the key end where one of its segments ends, or after its slash. An exact path cannot be followed
    // by anything.
    for (let slash = text.indexOf("/", 1); slash > 0; slash = text.indexOf("/", slash + 1)) {
      this.#addPrefixes(text.slice(0, slash));
      if (slash + 1 < text.length) this.#addPrefixes(text.slice(0, slash + 1));
    }
    for (const rank of this.#regex) found.push(rank);
    sortInPlace(found);
    return found;
  }

  #addAll(path: string): void {
    for (let rank = this.#first.get(path) ?? -1; rank >= 0; rank = this.#next[rank] ?? -1) this.#found.push(rank);
  }

  #addPrefixes(path: string): void {
    for (let rank = this.#first.get(path) ?? -1; rank >= 0; rank = this.#next[rank] ?? -1) {
      if (this.#entries[rank]?.path.type === "prefix") this.#found.push(rank);
    }
  }
}

/**
 * Keys that each stand for up to `size` of the sorted paths, so that the copies in all are about as many as the
 * paths.
 */
function sharedKeys(sorted: readonly string[], size: number): readonly Key[] {
  const keys: Key[] = [];
  const divide = (from: number, to: number): void => {
    const first = sorted[from] ?? "";
    const common = commonBeginning(first, sorted[to - 1] ?? "");
    if (to - from <= size) {
      keys.push({ text: common, paths: sorted.slice(from, to) });
      return;
    }
    let start = from;
    if (first === common) {
      keys.push({ text: common, paths: [first] });
      start++;
    }
    while (start < to) {
      const branch = sorted[start]?.[common.length];
      let end = start + 1;
      while (end < to && sorted[end]?.[common.length] === branch) end++;
      divide(start, end);
      start = end;
    }
  };
  if (sorted.length > 0) divide(0, sorted.length);
  return keys;
}

function commonBeginning(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}

/** Insertion sort where it is fast: few numbers, nearly in order. */
function sortInPlace(numbers: number[]): void {
  if (numbers.length > 64) {
    numbers.sort((a, b) => a - b);
    return;
  }
  for (let i = 1; i < numbers.length; i++) {
    const moved = numbers[i] as number;
    let to = i;
    for (; to > 0 && (numbers[to - 1] as number) > moved; to--) numbers[to] = numbers[to - 1] as number;
    numbers[to] = moved;
  }
}
