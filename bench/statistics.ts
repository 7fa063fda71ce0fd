/** What is said about a list of measured values. */
export interface Summary {
  readonly count: number;
  readonly mean: number;
  readonly median: number;
  readonly p95: number;
  readonly min: number;
  readonly max: number;
}

/**
 * The value that a share of all values does not exceed (nearest rank), so always one that was measured.
 * `sorted` ascends and is not empty; `share` is above 0 and at most 1.
 */
export function percentile(sorted: readonly number[], share: number): number {
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  const value = sorted[Math.min(rank, sorted.length) - 1];
  if (value === undefined) throw new RangeError("no values to take a percentile of");
  return value;
}

/** Summary of the values, in their unit; throws when there are none. The median of an even count lies between the middle two. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    count: sorted.length,
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    median: median(sorted),
    p95: percentile(sorted, 0.95),
    min: percentile(sorted, Number.EPSILON),
    max: percentile(sorted, 1),
  };
}

function median(sorted: readonly number[]): number {
  const upper = percentile(sorted, 0.5 + 1 / (2 * sorted.length));
  return sorted.length % 2 === 1 ? upper : (percentile(sorted, 0.5) + upper) / 2;
}

/** `count` different whole numbers below `end`, spread evenly from 0 to `end - 1`, for samples that are the same in each run. */
export function spread(end: number, count: number): number[] {
  if (end <= count) return Array.from({ length: end }, (_, index) => index);
  return Array.from({ length: count }, (_, index) => Math.round((index * (end - 1)) / Math.max(1, count - 1)));
}
