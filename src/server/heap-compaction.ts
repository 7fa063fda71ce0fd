import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Number of changed objects from which on a batch leaves enough garbage behind to be worth a collection of its own. */
const bulkChanges = 500;
/** How long things must be quiet before memory is compacted, in milliseconds. */
const quietMs = 250;
/** How long Envoys are waited for at most, in milliseconds: one that never comes must not keep memory from being given back. */
const longestWaitMs = 30_000;
/** Share of the heap's pages that may stay empty; above it another collection is worth its time. */
const mostEmpty = 0.12;

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
  readonly #isBusy: () => boolean;
  readonly #collect: () => void;
  #timer: NodeJS.Timeout | undefined;

  /**
   * `isBusy`: whether Envoys are waiting for something, which a collection would hold up for parts of a second. `collect`: what
   * compacts the memory; another one than the engine's in tests.
   */
  constructor(isBusy: () => boolean = () => false, collect: () => void = collectGarbage) {
    this.#isBusy = isBusy;
    this.#collect = collect;
  }

  /** Tells that a batch with so many changed objects was taken in. */
  noteBatch(changes: number): void {
    if (changes < bulkChanges && this.#timer === undefined) return;
    this.#plan(longestWaitMs);
  }

  /** Forgets what was planned. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #plan(patienceMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (patienceMs > 0 && this.#isBusy()) this.#plan(patienceMs - quietMs);
      else this.#collect();
    }, quietMs);
    this.#timer.unref();
  }
}

/**
 * A full collection that moves what stays together, so that pages can go back to the system. The engine moves so much at a time and
 * no more, so after a load it takes a second one to get the pages empty. Each takes some 0.3 s for 10,000 routes.
 */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as Collect;
  const compact = (): void => collect({ type: "major", execution: "sync", flavor: "last-resort" });
  compact();
  const { used_heap_size: used, total_heap_size: total } = getHeapStatistics();
  if (used < total * (1 - mostEmpty)) compact();
}
