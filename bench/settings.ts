/** What a run measures and how often: all comes from the environment, so `make bench ROUTES=10 PHASES=start,errors` works. */

/** All phases in the order in which they run. README.md says what each does. */
export const phases = [
  "floor",
  "start",
  "propagate",
  "errors",
  "burst",
  "memory",
  "dataplane",
  "listeners",
  "listener-sets",
] as const;
export type Phase = (typeof phases)[number];

/** A number of ListenerSets, and of HTTPRoutes in each. */
export interface ListenerSetSize {
  readonly sets: number;
  readonly routesPerSet: number;
}

export interface Settings {
  /** Numbers of HTTPRoutes, ascending. ROUTES, default `10,1000,10000`. */
  readonly routes: readonly number[];
  /** PHASES, default all. Phases that need a gateway start one, measured or not. */
  readonly phases: ReadonlySet<Phase>;
  /** How often each change is made. REPS, default 20. */
  readonly repetitions: number;
  /** How often each number of routes is started from nothing. STARTS, default 3. */
  readonly starts: number;
  /** Requests per second while configuration changes. RATE, default 500. */
  readonly rate: number;
  /** Routes that appear at once. BURST, default 1000. */
  readonly burst: number;
  /** Seconds of each round of the data plane. ROUND_SECONDS, default 4. */
  readonly roundSeconds: number;
  /** TLS listeners with a certificate each. LISTENERS, default 5000. */
  readonly listeners: number;
  /** LISTENER_SETS, default `2500x16`. */
  readonly listenerSets: ListenerSetSize;
  /** File for the result as JSON, relative to the project's folder. OUT, default `bench/results/latest.json`. */
  readonly out: string;
  /** The `envoy-gateway` to measure. PROGRAM, default the built one. */
  readonly program?: string;
  /** The Envoy for gateway, backends and floor. ENVOY, default the project's. */
  readonly envoy?: string;
}

/** Reads the settings; throws an error for people when one cannot be understood. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const text = (name: string): string | undefined => env[name]?.trim() || undefined;
  const program = text("PROGRAM");
  const envoy = text("ENVOY");
  return {
    routes: numbers("ROUTES", text("ROUTES") ?? "10,1000,10000"),
    phases: new Set(list(text("PHASES") ?? phases.join(",")).map(readPhase)),
    repetitions: number("REPS", text("REPS") ?? "20"),
    starts: number("STARTS", text("STARTS") ?? "3"),
    rate: number("RATE", text("RATE") ?? "500"),
    burst: number("BURST", text("BURST") ?? "1000"),
    roundSeconds: number("ROUND_SECONDS", text("ROUND_SECONDS") ?? "4"),
    listeners: number("LISTENERS", text("LISTENERS") ?? "5000"),
    listenerSets: readListenerSets(text("LISTENER_SETS") ?? "2500x16"),
    out: text("OUT") ?? "bench/results/latest.json",
    ...(program !== undefined && { program }),
    ...(envoy !== undefined && { envoy }),
  };
}

function readPhase(name: string): Phase {
  const found = phases.find((phase) => phase === name);
  if (found === undefined) throw new Error(`PHASES has ${name}; there are ${phases.join(", ")}`);
  return found;
}

function readListenerSets(written: string): ListenerSetSize {
  const [sets, routesPerSet, ...more] = written.split("x");
  if (sets === undefined || routesPerSet === undefined || more.length > 0)
    throw new Error(`LISTENER_SETS has ${written}; sets and routes in each are possible, like 2500x16`);
  return { sets: number("LISTENER_SETS", sets), routesPerSet: number("LISTENER_SETS", routesPerSet) };
}

/** Different whole numbers from 1, separated by commas, ascending. */
export function numbers(name: string, text: string): number[] {
  return [...new Set(list(text).map((part) => number(name, part)))].sort((a, b) => a - b);
}

/** What is between commas. */
export function list(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** A whole number from 1; `name` is for the error. */
export function number(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`${name} has ${text}; whole numbers from 1 are possible`);
  return value;
}
