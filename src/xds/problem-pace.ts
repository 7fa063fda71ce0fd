/** An Envoy that is refused comes again within a second; once in a minute is enough to say so. */
const intervalMs = 60_000;
/** Nodes name themselves before anybody knows who they are: no more than so many are remembered, and told of, at a time. */
const maxNodes = 1_000;

/** Decides whether a node's problem is said: that of each node at most once a minute. */
export class ProblemPace {
  readonly #now: () => number;
  /** When each was told last; the oldest first. */
  readonly #toldAt = new Map<string, number>();

  /** `now` is a clock in ms that never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Whether to say it now; if so, the node's minute begins. */
  isDue(node: string): boolean {
    const now = this.#now();
    for (const [known, toldAt] of this.#toldAt) {
      if (now - toldAt < intervalMs) break;
      this.#toldAt.delete(known);
    }
    if (this.#toldAt.has(node) || this.#toldAt.size >= maxNodes) return false;
    this.#toldAt.set(node, now);
    return true;
  }
}
