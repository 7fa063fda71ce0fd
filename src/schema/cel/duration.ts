/** Durations as Go writes them (`1h30m`, `1.5s`, `-2ms`), in nanoseconds. */

const UNITS: { readonly [unit: string]: bigint } = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const WHOLE = /^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const PART = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g;
const MOST = 2n ** 63n - 1n;

/** Nanoseconds of the text; undefined if it is no duration or does not fit 64 bits. */
export function parseDuration(text: string): bigint | undefined {
  if (!WHOLE.test(text)) return undefined;
  let sum = 0n;
  for (const [, whole = "", fraction = "", unit = ""] of text.matchAll(PART)) {
    const scale = UNITS[unit] ?? 0n;
    sum += BigInt(whole === "" ? 0 : whole) * scale;
    // Digits below a nanosecond are cut off, as Go does.
    if (fraction !== "") sum += (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length);
    if (sum > MOST) return undefined;
  }
  return text.startsWith("-") ? -sum : sum;
}
