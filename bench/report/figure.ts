/** A line of the table, and what it should be. */
import type { Summary } from "../statistics.ts";

export interface Figure {
  /** What it belongs to, e.g. `1,000 routes`. */
  readonly group: string;
  readonly name: string;
  readonly unit: "ms" | "s" | "MB" | "req/s" | "×" | "%" | "";
  /** Median where it was measured more than once. */
  readonly value: number;
  readonly p95?: number | undefined;
  readonly max?: number | undefined;
  /** What it is compared with: what Envoy alone needs, or another control plane. */
  readonly floor?: number | undefined;
  readonly target?: Target | undefined;
  readonly note?: string | undefined;
}

/** A figure whose group is still to be said. */
export type Part = Omit<Figure, "group">;

export interface Target {
  readonly bound: "≤" | "≥";
  readonly value: number;
}

export const upTo = (value: number): Target => ({ bound: "≤", value });
export const atLeast = (value: number): Target => ({ bound: "≥", value });

export type Verdict = "met" | "short";

/** Whether the figure is as good as it should be; nothing where there is no target. */
export function verdictOf({ value, target }: Pick<Figure, "value" | "target">): Verdict | undefined {
  if (target === undefined) return undefined;
  const isMet = target.bound === "≤" ? value <= target.value : value >= target.value;
  return isMet ? "met" : "short";
}

/** A summary in another unit: every value divided by `by`. */
export function scaled({ median, p95, max }: Summary, by: number): Pick<Figure, "value" | "p95" | "max"> {
  return { value: median / by, p95: p95 / by, max: max / by };
}

/**
 * A summary told by its mean. That is what a cost is: a collection of memory after many changes belongs to all of them, though only
 * one of them shows it (as the maximum).
 */
export function cost({ mean, p95, max }: Summary): Pick<Figure, "value" | "p95" | "max"> {
  return { value: mean, p95, max };
}

/** Counts by name in one line, e.g. `rds 2, cds 1`. */
export function counts(record: Readonly<Record<string, number>>, digits = 0): string {
  return Object.entries(record)
    .map(([what, count]) => `${what} ${count.toFixed(digits)}`)
    .join(", ");
}
