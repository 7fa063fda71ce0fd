/**
 * Who read what. A *read point* stands for one key of a collection or index that somebody read (whether it was there or not),
 * or for a collection as a whole; a *reader* is one entry of a derived collection. Both sides know each other, so that a change
 * finds its readers and a reader that goes leaves nothing behind. There are many of them, hence the care about their size.
 */

/** Anything whose entries can say what they were made from. */
export interface Traceable {
  readonly name: string;
  readonly isSource: boolean;
  has(key: string): boolean;
  /** Direct inputs of an entry, present or not. */
  originsOf(key: string): Iterable<Origin>;
  allKeys(): Iterable<string>;
}

export interface Origin {
  readonly node: Traceable;
  readonly key: string;
}

/** One entry of a derived collection, as a reader of others. */
export interface Reader {
  /** Keys that the reader's collection has to compute again; a change of something read adds the reader's key. */
  readonly dirty: Set<string>;
  readonly key: string;
  reads: readonly ReadPoint[];
}

/** Up to this many readers are kept in an array, more in a Set: an array is a fraction of its size, but slow to search. */
const maxListed = 32;

/** One key (or, without key, the whole) of a collection or index that has been read. */
export class ReadPoint {
  readonly owner: ReadPoints;
  readonly key: string | undefined;
  /** Number of the last computation that read it: tells repeated reads, and reads not repeated, without a set. */
  stamp = 0;
  #readers: Reader | Reader[] | Set<Reader> | undefined;

  constructor(owner: ReadPoints, key: string | undefined) {
    this.owner = owner;
    this.key = key;
  }

  /** Registers a reader; registering it twice is the same as once. */
  add(reader: Reader): void {
    const readers = this.#readers;
    if (readers === undefined) this.#readers = reader;
    else if (readers instanceof Set) readers.add(reader);
    else if (Array.isArray(readers)) {
      if (readers.includes(reader)) return;
      if (readers.length < maxListed) readers.push(reader);
      else this.#readers = new Set([...readers, reader]);
    } else if (readers !== reader) this.#readers = [readers, reader];
  }

  /** Takes a reader off; the point goes with its last reader. */
  remove(reader: Reader): void {
    const readers = this.#readers;
    if (readers instanceof Set) {
      readers.delete(reader);
      if (readers.size <= maxListed / 2) this.#readers = [...readers];
    } else if (Array.isArray(readers)) {
      const at = readers.indexOf(reader);
      if (at >= 0) readers.splice(at, 1);
      if (readers.length === 1) this.#readers = readers[0];
    } else if (readers === reader) {
      this.#readers = undefined;
      this.owner.drop(this);
    }
  }

  /** Has every reader computed again. */
  notify(): void {
    const readers = this.#readers;
    if (readers === undefined) return;
    if (readers instanceof Set || Array.isArray(readers)) for (const reader of readers) reader.dirty.add(reader.key);
    else readers.dirty.add(readers.key);
  }
}

/** All read points of one collection or index. */
export class ReadPoints {
  readonly node: Traceable;
  readonly #points = new Map<string, ReadPoint>();
  #whole: ReadPoint | undefined;

  constructor(node: Traceable) {
    this.node = node;
  }

  get size(): number {
    return this.#points.size + (this.#whole ? 1 : 0);
  }

  at(key: string): ReadPoint {
    let point = this.#points.get(key);
    if (!point) {
      point = new ReadPoint(this, key);
      this.#points.set(key, point);
    }
    return point;
  }

  whole(): ReadPoint {
    this.#whole ??= new ReadPoint(this, undefined);
    return this.#whole;
  }

  notify(key: string): void {
    this.#points.get(key)?.notify();
  }

  notifyWhole(): void {
    this.#whole?.notify();
  }

  drop(point: ReadPoint): void {
    if (point.key === undefined) this.#whole = undefined;
    else this.#points.delete(point.key);
  }
}
