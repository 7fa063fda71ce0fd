import type { Check, Finding } from "./check.ts";

/** How many checks found nothing, and how many found something. */
export interface CheckCounts {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Runs every check, each to its end whatever the others found, and writes a line for each; below it what is wrong, one
 * `file:line: message` per line.
 */
export async function runChecks(checks: readonly Check[], write: (text: string) => void): Promise<CheckCounts> {
  let failed = 0;
  for (const check of checks) {
    const start = performance.now();
    const findings = await check.run();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    write(`lint: ${check.title} … ${findings.length === 0 ? "ok" : "FAILED"} (${seconds} s)\n`);
    for (const finding of findings) write(`${describe(finding)}\n`);
    if (findings.length > 0) failed += 1;
  }
  return { passed: checks.length - failed, failed };
}

function describe({ file, line, message }: Finding): string {
  if (file === undefined) return message;
  return `${file}${line === undefined ? "" : `:${line}`}: ${message}`;
}
