import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../bench/program.ts";
import type { LoadResult } from "../../../bench/results.ts";

/** What was done to the cluster, and what it took. */
export interface Recovery {
  readonly what: string;
  /** Until what was killed or replaced was there again, ms. */
  readonly backMs: number;
  /** Until a route that was made afterwards, or meanwhile, was served, ms. */
  readonly changeServedMs?: number;
  readonly load: LoadResult;
}

const heads = ["under 200 requests/s", "back after", "new route served after", "requests", "failed", "slowest"];
const file = join(root, "bench/results/kube-chaos.md");

/** Recovery times as a table in Markdown. */
export class RecoveryReport {
  readonly #rows: string[][] = [];

  add({ what, backMs, changeServedMs, load }: Recovery): void {
    const seconds = (ms: number | undefined): string => (ms === undefined ? "" : `${(ms / 1000).toFixed(2)} s`);
    const slowest = load.latencyMs === undefined ? "" : `${load.latencyMs.max.toFixed(0)} ms`;
    this.#rows.push([what, seconds(backMs), seconds(changeServedMs), `${load.requests}`, `${load.wrong}`, slowest]);
  }

  /** Prints the table, and writes it to `bench/results/kube-chaos.md`; an empty one not. */
  write(): void {
    if (this.#rows.length === 0) return;
    const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
    const text = line(heads) + line(heads.map(() => "---")) + this.#rows.map(line).join("");
    mkdirSync(join(root, "bench/results"), { recursive: true });
    writeFileSync(file, text);
    process.stdout.write(`\n${text}\n`);
  }
}
