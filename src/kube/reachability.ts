/** Without an answer for this long an API server was away; sooner, a single connection broke. */
const outageMs = 1_000;

/**
 * Whether an API server can be reached, as all requests to it find out together: those who wait after a failure learn from the first
 * answer that waiting is over, however long they meant to.
 */
export class Reachability {
  #answeredAt = performance.now();
  #isAway = false;
  #returned = new AbortController();

  /** Aborted when the API server answers again after it was away. Each outage has its own. */
  get returned(): AbortSignal {
    return this.#returned.signal;
  }

  answered(): void {
    const now = performance.now();
    const isReturn = this.#isAway && now - this.#answeredAt >= outageMs;
    this.#answeredAt = now;
    this.#isAway = false;
    if (!isReturn) return;
    const returned = this.#returned;
    this.#returned = new AbortController();
    returned.abort();
  }

  failed(): void {
    this.#isAway = true;
  }
}
