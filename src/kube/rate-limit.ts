import { setTimeout as sleep } from "node:timers/promises";

/** How many requests may be sent: `qps` a second for long, `burst` at once after a rest. */
export interface RateLimit {
  readonly qps: number;
  readonly burst: number;
}

/** A bucket of tokens that fills at `qps` up to `burst`; each request takes one and waits its turn when there is none. */
export class TokenBucket {
  readonly #limit: RateLimit;
  #tokens: number;
  #filledAt = performance.now();

  constructor(limit: RateLimit) {
    this.#limit = limit;
    this.#tokens = limit.burst;
  }

  async take(): Promise<void> {
    const now = performance.now();
    const { qps, burst } = this.#limit;
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filledAt) / 1_000) * qps);
    this.#filledAt = now;
    this.#tokens -= 1;
    // Below zero is what those before have taken in advance.
    if (this.#tokens < 0) await sleep((-this.#tokens / qps) * 1_000);
  }
}
