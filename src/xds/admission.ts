import type { NodeIdentity } from "./messages.ts";

/** Resolves with the reason why a node may not have what it asks for. */
export type Authorize = (token: string | undefined, node: NodeIdentity) => Promise<string | undefined>;

/** Bytes of requests that all streams together may have sent before it is known whose they are. */
const maxUnprovenBytes = 64 * 1024 * 1024;
/** Questions to the authorizer under way; who runs pods cannot keep it busy for all others. */
const maxReviews = 16;

/**
 * Streams of which nobody knows yet whether they are who they say. What they may cost is bounded: bytes, questions at a time, and time.
 * Their requests are counted and not left unread, for a stream that is paused goes on reading messages ahead, of any size.
 */
export class Admission {
  /** How long a stream may take to be found good, in ms. */
  readonly timeoutMs: number;
  readonly #authorize: Authorize;
  readonly #waiting: (() => void)[] = [];
  #reviews = 0;
  #bytes = 0;

  constructor(authorize: Authorize, timeoutMs: number) {
    this.#authorize = authorize;
    this.timeoutMs = timeoutMs;
  }

  /** Notes what an unproven stream has sent; false: it is too much, with all the others have sent. */
  hold(bytes: number): boolean {
    if (this.#bytes + bytes > maxUnprovenBytes) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Ends what {@link hold} began. */
  release(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** Asks the authorizer when it is this one's turn; nobody is asked about a stream that is not wanted any more by then. */
  async review(token: string | undefined, node: NodeIdentity, isWanted: () => boolean): Promise<string | undefined> {
    if (this.#reviews < maxReviews) this.#reviews++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return isWanted() ? await this.#authorize(token, node) : "the stream has ended";
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#reviews--;
    }
  }
}
