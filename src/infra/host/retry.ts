import { Backoff, type BackoffOptions } from "./backoff.ts";

/** Waits between attempts to start something, and the one timer that ends a wait. */
export class Retry {
  readonly #backoff: Backoff;
  readonly #again: () => void;
  #at = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `again` is called whenever a wait is over. */
  constructor(options: BackoffOptions, again: () => void) {
    this.#backoff = new Backoff(options);
    this.#again = again;
  }

  get isWaiting(): boolean {
    return performance.now() < this.#at;
  }

  /** Begins to wait after a failure that came `livedMs` after the start; returns for how long. */
  wait(livedMs: number): number {
    const wait = this.#backoff.next(livedMs);
    this.#at = performance.now() + wait;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#again, wait + 1);
    this.#timer.unref();
    return wait;
  }

  /** Ends the wait without a call of `again`. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#at = 0;
  }
}
