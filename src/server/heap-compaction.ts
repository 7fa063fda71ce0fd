import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Number of changed objects from which on a batch leaves enough garbage behind to be worth a collection of its own. */
const bulkChanges = 500;
/** How long things must be quiet before memory is compacted, in milliseconds: long enough for Envoys to have got what changed. */
const quietMs = 1_000;

type Collect = (options: {
  readonly type: "major";
  readonly execution: "sync";
  readonly flavor: "last-resort";
}) => void;

/**
 * Gives memory back after a load or another change of very many objects. The heap grows to several times its content while
 * thousands of objects are read and translated, and the engine would keep that as long as little is allocated afterwards.
 */
export class HeapCompaction {
  readonly #collect: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** `collect`: what compacts the memory; another one than the engine's in tests. */
  constructor(collect: () => void = collectGarbage) {
    this.#collect = collect;
  }

  /** Tells that a batch with so many changed objects was taken in. */
  noteBatch(changes: number): void {
    if (changes < bulkChanges && this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#collect();
    }, quietMs);
    this.#timer.unref();
  }

  /** Forgets what was planned. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** A full collection that moves what stays together, so that pages can go back to the system. Takes some 0.2 s for 10,000 routes. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as Collect;
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
}
