/** What the benchmark is told by its environment. */

/** Parts of the benchmark, in the order in which they run. */
export const phaseNames = ["floor", "start", "propagate", "errors", "dataplane", "burst", "memory"] as const;
export type PhaseName = (typeof phaseNames)[number];

export interface BenchOptions {
  /** Sizes, as numbers of HTTPRoutes that are in place. Variable `ROUTES`; default 10, 1,000 and 10,000, in CI without the last. */
  readonly routes: readonly number[];
  /** Times that each kind of change is made. Variable `REPS`; default 20, in CI 10. */
  readonly reps: number;
  /** Variable `PHASES`; default all. */
  readonly phases: ReadonlySet<PhaseName>;
}

/** Reads the options; throws a sentence for the user when one makes no sense. */
export function readOptions(env: Readonly<Record<string, string | undefined>>): BenchOptions {
  const isCi = env["CI"] === "true";
  const list = (name: string, usual: string) => (env[name] || usual).split(",").map((part) => part.trim());
  const phases = list("PHASES", phaseNames.join(","));
  const unknown = phases.find((phase) => !phaseNames.some((known) => known === phase));
  if (unknown !== undefined) throw new Error(`PHASES has ${unknown}; there are ${phaseNames.join(", ")}`);
  return {
    routes: list("ROUTES", isCi ? "10,1000" : "10,1000,10000").map((text) => positive("ROUTES", text)),
    reps: positive("REPS", env["REPS"] || (isCi ? "10" : "20")),
    phases: new Set(phaseNames.filter((phase) => phases.includes(phase))),
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name} takes whole numbers from 1, not ${text}`);
  return value;
}
