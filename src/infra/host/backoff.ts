export interface BackoffOptions {
  /** Wait after the first failure. */
  readonly initialMs: number;
  /** Longest wait. */
  readonly maxMs: number;
  /** A process that lived this long counts as healthy: the next failure is a first one again. */
  readonly resetAfterMs: number;
}

/** 100 ms, doubling up to 30 s, forgotten after a minute of life. */
export const defaultBackoff: BackoffOptions = { initialMs: 100, maxMs: 30_000, resetAfterMs: 60_000 };

/** Counts failures in a row and says how long to wait after each. */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Notes a failure after `livedMs` of life; returns the time to wait. */
  next(livedMs: number): number {
    if (livedMs >= this.#options.resetAfterMs) this.#failures = 0;
    const wait = Math.min(this.#options.maxMs, this.#options.initialMs * 2 ** this.#failures);
    this.#failures += 1;
    return wait;
  }

  reset(): void {
    this.#failures = 0;
  }
}
