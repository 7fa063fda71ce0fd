/** Figures, and the table they are shown in. */

export interface Figure {
  /** HTTPRoutes that were in place. */
  readonly routes: number;
  readonly name: string;
  readonly unit: string;
  /** Median when it was measured more than once. */
  readonly value: number;
  readonly p95?: number;
  /** What Envoy needs for the same without a control plane. */
  readonly floor?: number;
  /** Bound that the value is to keep; at most, unless `atLeast`. Missing it is told and fails nothing. */
  readonly target?: number;
  readonly atLeast?: boolean;
}

/** The value below which a share (0 to 1) of the values lies, by nearest rank. NaN when there are none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

/** Median and p95 as parts of a figure. */
export function spread(values: readonly number[]): { readonly value: number; readonly p95: number } {
  return { value: percentile(values, 0.5), p95: percentile(values, 0.95) };
}

/** Whether the target is kept; undefined when there is none. */
export function isMet(figure: Figure): boolean | undefined {
  if (figure.target === undefined) return undefined;
  return figure.atLeast === true ? figure.value >= figure.target : figure.value <= figure.target;
}

const number = (value: number | undefined): string => {
  if (value === undefined) return "";
  return Number.isInteger(value) || Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1);
};

/** Table for people: aligned columns, one line a figure. */
export function table(figures: readonly Figure[]): string {
  const head = ["routes", "figure", "unit", "value", "p95", "floor", "ratio", "target", ""];
  const lines = figures.map((figure) => {
    const { floor, target, atLeast, value } = figure;
    const bound = target === undefined ? "" : `${atLeast === true ? "≥" : "≤"} ${number(target)}`;
    const met = isMet(figure);
    return [
      String(figure.routes),
      figure.name,
      figure.unit,
      number(value),
      number(figure.p95),
      number(floor),
      floor === undefined || floor === 0 ? "" : (value / floor).toFixed(2),
      bound,
      met === undefined ? "" : met ? "met" : "missed",
    ];
  });
  const rows = [head, ...lines];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const isText = (column: number) => column === 1 || column === 2 || column === 8;
  return rows
    .map((row) =>
      row
        .map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}
