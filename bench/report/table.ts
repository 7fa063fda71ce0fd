import { type Figure, verdictOf } from "./figure.ts";

const headsFor = (reference: string): string[] => [
  "",
  "value",
  "p95",
  "max",
  reference,
  `× ${reference}`,
  "target",
  "",
  "",
];
/** Columns of words; numbers stand at the right of theirs. */
const wordColumns = new Set([0, 7, 8]);
/** Columns of what figures are compared with. */
const referenceColumns = new Set([4, 5]);

/**
 * The figures as a table for people, with a line at the end that says how many targets were met. `reference` names what figures are
 * compared with; where there is nothing to compare any with, its columns are left out.
 */
export function tableOf(figures: readonly Figure[], reference = "floor"): string {
  const isCompared = figures.some(({ floor }) => floor !== undefined);
  const shown = (cells: readonly string[]): string[] =>
    cells
      .map((cell, column) => (wordColumns.has(column) ? cell.padEnd(widthOf(column)) : cell.padStart(widthOf(column))))
      .filter((_, column) => isCompared || !referenceColumns.has(column));
  const heads = headsFor(reference);
  const rows = figures.map(rowOf);
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const widthOf = (column: number): number => widths[column] ?? 0;
  const line = (cells: readonly string[]): string => shown(cells).join("  ").trimEnd();
  const lines: string[] = [];
  for (const [index, figure] of figures.entries()) {
    if (figure.group !== figures[index - 1]?.group) lines.push("", line([figure.group, ...heads.slice(1)]));
    lines.push(line(rows[index] ?? []));
  }
  const verdicts = figures.map(verdictOf);
  const [met, short] = (["met", "short"] as const).map((word) => verdicts.filter((verdict) => verdict === word).length);
  lines.push("", `bench: ${met} targets met, ${short} short`);
  return `${lines.join("\n")}\n`;
}

function rowOf(figure: Figure): string[] {
  const { name, unit, value, p95, max, floor, target, note } = figure;
  const ratio = floor === undefined || floor === 0 ? "" : (value / floor).toFixed(2);
  return [
    `  ${name}`,
    `${format(value)} ${unit}`.trimEnd(),
    format(p95),
    format(max),
    format(floor),
    ratio,
    target ? `${target.bound} ${format(target.value)}` : "",
    verdictOf(figure) ?? "",
    note ?? "",
  ];
}

/** About three figures that count. */
function format(value: number | undefined): string {
  if (value === undefined) return "";
  if (Number.isInteger(value) || Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
