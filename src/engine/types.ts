/** Whether two values count as the same, so that a change from one to the other is no change. Must be pure and symmetric. */
export type Equal<T> = (a: T, b: T) => boolean;

/** One entry of a collection. */
export interface Member<T> {
  readonly key: string;
  readonly value: T;
}

/** What became of one key in one commit. `undefined` stands for absent: an addition has no `previous`, a removal no `value`. */
export interface Change<T> {
  readonly key: string;
  readonly value: T | undefined;
  readonly previous: T | undefined;
}

/**
 * Values by key, as of the last commit. Values are immutable: a change is a new value.
 * `undefined` is never a value; it means that the key is absent.
 */
export interface Collection<T> {
  readonly name: string;
  readonly size: number;
  get(key: string): T | undefined;
  /** All entries, sorted by key, as they are at the moment of the call. */
  entries(): Iterable<[string, T]>;
}

/** A collection that is written from outside. What is written shows after the next commit; of several writes to a key the last one counts. */
export interface Source<T> extends Collection<T> {
  /** Adds or replaces an entry. Throws inside a derived collection's function: those are pure. */
  set(key: string, value: T): void;
  /** Removes an entry; an absent key is fine. Throws inside a derived collection's function. */
  delete(key: string): void;
}

/** Entries of a collection by keys other than their own; any number of keys per entry, any number of entries per key. */
export interface Index<T> {
  readonly name: string;
  /** Number of keys that have an entry. */
  readonly size: number;
  /** Entries under a key, sorted by their own keys; empty if there are none. */
  lookup(key: string): readonly Member<T>[];
}

/**
 * What a derived collection's function may read besides its input. Every read is recorded, reads that found nothing included,
 * and the function runs again when the answer changes. Usable only while the function runs; reading a collection defined later throws.
 */
export interface Context {
  get<T>(collection: Collection<T>, key: string): T | undefined;
  /** Entries under an index key, sorted by their own keys. Changes when one of them does. */
  lookup<T>(index: Index<T>, key: string): readonly Member<T>[];
  /** All entries sorted by key. Any change of the collection runs the function again: for tiny collections only. */
  all<T>(collection: Collection<T>): readonly Member<T>[];
}

/** Keys under which an entry is filed: one (a string is one key, not its letters), several (repetitions count once) or none. */
export type Keys = string | Iterable<string> | undefined;

export interface SourceOptions<T> {
  /** Writing an equal value is no change, and the former value stays. Default: `Object.is`. */
  readonly equal?: Equal<T>;
}

/** One output per input entry, under the same key; `undefined` for none. */
export interface DeriveOptions<T, U> {
  readonly name: string;
  readonly from: Collection<T>;
  /** Put before each key, so that outputs can be joined with others in a union. Default: none. */
  readonly prefix?: string;
  readonly map: (value: T, key: string, ctx: Context) => U | undefined;
  /** An output equal to the former one stops there, and the former stays. Default: `Object.is`. */
  readonly equal?: Equal<U>;
}

/**
 * Any number of outputs per input entry, under keys of the function's choice.
 * If several inputs yield the same key, the input whose key sorts first wins and the others take over when it goes;
 * if one input yields a key twice, the first counts. A value of `undefined` is no output.
 */
export interface ExpandOptions<T, U> {
  readonly name: string;
  readonly from: Collection<T>;
  readonly map: (value: T, key: string, ctx: Context) => Iterable<readonly [key: string, value: U]>;
  /** An output equal to the former one stops there, and the former stays. Default: `Object.is`. */
  readonly equal?: Equal<U>;
}

export interface IndexOptions<T> {
  readonly name: string;
  readonly from: Collection<T>;
  readonly keys: (value: T, key: string) => Keys;
}

/** One output per group of input entries, under the group's name. A group without members has no output. */
export interface GroupOptions<T, U> {
  readonly name: string;
  readonly from: Collection<T>;
  /** Groups an entry belongs to. */
  readonly by: (value: T, key: string) => Keys;
  /** Makes a group's value of its members (never none); `undefined` for no output. */
  readonly reduce: (members: readonly Member<T>[], group: string, ctx: Context) => U | undefined;
  /** Order of members. Ties, and the default: by key. Must be pure. */
  readonly compare?: (a: Member<T>, b: Member<T>) => number;
  /** An output equal to the former one stops there, and the former stays. Default: `Object.is`. */
  readonly equal?: Equal<U>;
}

/** Number of input entries per group; constant cost per change. A group without members has no entry. */
export interface CountOptions<T> {
  readonly name: string;
  readonly from: Collection<T>;
  readonly by: (value: T, key: string) => Keys;
}

/** All entries of several collections. Where keys collide, the collection listed first wins, and the next takes over when its entry goes. */
export interface UnionOptions<T> {
  readonly name: string;
  readonly from: readonly Collection<T>[];
}

/**
 * A function that threw. The entry keeps its last good output (none, if there never was one) and is tried again when
 * its input or something it had read changes.
 */
export interface Failure {
  readonly collection: string;
  /**
   * The output's key for `group`; otherwise, and where a group's `by` threw, the input's key. Empty where a watcher threw.
   */
  readonly key: string;
  readonly error: unknown;
}

/** What one commit did. */
export interface CommitReport {
  /** Counts commits, from 1. */
  readonly revision: number;
  /**
   * Runs of the user's function by collection: `map` of derive and expand, `reduce` of group, `keys` of index, `by` of count.
   * Collections that ran none are left out.
   */
  readonly computed: ReadonlyMap<string, number>;
  /** Keys whose value changed, by collection (for an index: index keys whose entries changed). Unchanged collections are left out. */
  readonly emitted: ReadonlyMap<string, number>;
  /** What threw in this commit, in the order of definition. `Graph.failures()` has those that still stand. */
  readonly failures: readonly Failure[];
}

/** An entry of a source that a derived entry depends on. */
export interface SourceEntry {
  readonly collection: string;
  readonly key: string;
  /** False if it was looked for and is absent. */
  readonly present: boolean;
}

export type NodeKind = "source" | "derive" | "expand" | "index" | "group" | "count" | "union";

/** One collection or index as `Graph.dump()` shows it. */
export interface NodeDump {
  readonly name: string;
  readonly kind: NodeKind;
  readonly size: number;
  /** Collections it is made from. */
  readonly from: readonly string[];
  /** Collections and indexes its entries read through the context, as of now; sorted. */
  readonly reads: readonly string[];
  /** Reads recorded by its entries. */
  readonly recordedReads: number;
  /** Different keys of it that others' reads are waiting on. */
  readonly readKeys: number;
  /** Records it keeps beside its values: inputs filed or claiming, entries with reads, failures, writes that wait. */
  readonly records: number;
  /** Entries hidden by another with the same key (expand and union); anything but 0 is a fault in how keys are made. */
  readonly shadowed: number;
  /** Entries whose function threw at its last run. */
  readonly failing: number;
  readonly watchers: number;
}
