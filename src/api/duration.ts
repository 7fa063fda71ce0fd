/** Gateway API durations (GEP-2257: `1h30m`, `500ms`), and durations as protobuf has them. */

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/**
 * Milliseconds of a Gateway API duration; `undefined` for an absent text, and for one that is no duration (four parts at
 * most, five digits each, no sign, no fraction), which validation has told before it comes here.
 */
export function durationMs(text: string | undefined): number | undefined {
  if (text === undefined || !/^([0-9]{1,5}(h|m|s|ms)){1,4}$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9]+)(ms|h|m|s)/g))
    total += Number(amount) * (unitMs[unit ?? ""] ?? 0);
  return total;
}

/** `google.protobuf.Duration` of whole milliseconds. */
export function protoDuration(ms: number): { seconds: bigint; nanos: number } {
  return { seconds: BigInt(Math.floor(ms / 1_000)), nanos: (ms % 1_000) * 1_000_000 };
}
