import { randomBytes } from "node:crypto";
import type { Attributes } from "./attributes.ts";

/** One step of work, as traces show it. */
export interface Span {
  readonly name: string;
  /** 16 random bytes, the same for all steps of one change. */
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  /** The step this one is part of; absent: the change as a whole. */
  readonly parentSpanId?: Uint8Array;
  /** Milliseconds since 1970, with a fraction. */
  readonly start: number;
  readonly end: number;
  readonly attributes: Attributes;
  /** What went wrong in this step. */
  readonly error?: string;
}

/** A share of all traces. */
export interface SamplingRate {
  readonly numerator: number;
  /** Default: 100. */
  readonly denominator?: number;
}

/**
 * Whether a trace is kept: the last seven bytes of its id decide, which OpenTelemetry wants to be random, so that all who see the
 * trace decide alike. Six of them are precise enough.
 */
export function isSampled(traceId: Uint8Array, { numerator, denominator = 100 }: SamplingRate): boolean {
  const drawn = Buffer.from(traceId).readUIntBE(9, 6) / 2 ** 48;
  return drawn < numerator / denominator;
}

export const newTraceId = (): Uint8Array => randomBytes(16);
export const newSpanId = (): Uint8Array => randomBytes(8);
