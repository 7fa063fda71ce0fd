import type { Span } from "./span.ts";

/** Spans that wait to be sent; beyond `limit` the oldest are dropped, so that a collector that is away costs no memory. */
export class SpanQueue {
  readonly #limit: number;
  #spans: Span[] = [];
  #dropped = 0;

  constructor(limit = 4_096) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#spans.length;
  }

  /** Number of spans that were dropped. */
  get dropped(): number {
    return this.#dropped;
  }

  add(spans: readonly Span[]): void {
    this.#spans.push(...spans);
    const excess = this.#spans.length - this.#limit;
    if (excess <= 0) return;
    this.#spans.splice(0, excess);
    this.#dropped += excess;
  }

  /** Hands everything to `send`; what could not be sent waits on, before what has come meanwhile. */
  async drain(send: (spans: readonly Span[]) => Promise<void>): Promise<void> {
    if (this.#spans.length === 0) return;
    const spans = this.#spans;
    this.#spans = [];
    try {
      await send(spans);
    } catch (error) {
      const newer = this.#spans;
      this.#spans = [];
      this.add([...spans, ...newer]);
      throw error;
    }
  }
}
