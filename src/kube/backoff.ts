import { setTimeout as sleep } from "node:timers/promises";

export interface JitteredBackoffOptions {
  /** Longest first wait. Default: 200 ms. */
  readonly initialMs?: number;
  /** Longest wait of all. Default: 10 s. */
  readonly maxMs?: number;
  /** From 0 to 1. Default: `Math.random`. */
  readonly random?: () => number;
}

/**
 * Waits after failures in a row: a limit that doubles, of which the second half is left to chance, so that many who lost the same API
 * server do not come back in the same moment.
 */
export class JitteredBackoff {
  readonly #initialMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #failures = 0;

  constructor({ initialMs = 200, maxMs = 10_000, random = Math.random }: JitteredBackoffOptions = {}) {
    this.#initialMs = initialMs;
    this.#maxMs = maxMs;
    this.#random = random;
  }

  /** Notes a failure; returns the milliseconds to wait. */
  next(): number {
    const limit = Math.min(this.#maxMs, this.#initialMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    return Math.round((limit / 2) * (1 + this.#random()));
  }

  /** Notes that things work again. */
  reset(): void {
    this.#failures = 0;
  }
}

/** Resolves after `ms`, or at once when `signal` is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal }).catch(() => undefined);
}
