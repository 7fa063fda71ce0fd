/** The result of a run, as it is written to a file. Times are in ms unless the name says otherwise, memory in MB. */
import type { Updates } from "./processes/updates.ts";
import type { Summary } from "./statistics.ts";

/** Kinds of single change, each measured with and without a cluster that Envoy does not have yet (or no longer needs). */
export const changeKinds = [
  "add",
  "change",
  "delete",
  "add with cluster",
  "change with cluster",
  "delete with cluster",
] as const;
export type ChangeKind = (typeof changeKinds)[number];

export type ChangeTimes = Readonly<Record<ChangeKind, Summary>>;

export interface FloorResult {
  readonly startMs: number;
  readonly changes: ChangeTimes;
  readonly cpuMsPerChange: number;
  readonly rssMb: number;
}

export interface StartResult {
  /** Until one route answered 200. */
  readonly firstMs: Summary;
  /** Until all routes of a sample did. */
  readonly sampleMs: Summary;
  /** When all was quiet. */
  readonly controlPlaneCpuMs: number;
  readonly controlPlaneMb: number;
  readonly envoyCpuMs: number;
  readonly envoyMb: number;
}

export interface PropagateResult {
  readonly changes: ChangeTimes;
  /** Answers on the way that were right neither before nor after, by what they were. */
  readonly wrong: Readonly<Record<string, number>>;
  /** From each change until all is quiet again, in the clock's steps of 10 ms. */
  readonly controlPlaneCpuMsPerChange: Summary;
  readonly envoyCpuMsPerChange: Summary;
  readonly controlPlaneMb: number;
  readonly envoyMb: number;
  readonly updatesPerChange: Updates;
}

/** What a load saw. */
export interface LoadResult {
  readonly requests: number;
  /** Answers that were not right. */
  readonly wrong: number;
  /** All that was not a plain 200 of the right backend, by what it was; those with `(allowed)` are not wrong. */
  readonly unusual: Readonly<Record<string, number>>;
  /** The first wrong ones: when, where, what. */
  readonly examples: readonly string[];
  readonly latencyMs?: { readonly median: number; readonly p99: number; readonly max: number };
}

export interface ErrorsResult extends LoadResult {
  readonly changes: number;
}

export interface BurstResult {
  readonly routes: number;
  /** Until the last file was written. All other times begin there. */
  readonly writtenMs: number;
  readonly firstMs: number;
  /** Until all were served. */
  readonly allMs: number;
  /** From then until all was quiet. */
  readonly quietMs: number;
  readonly controlPlaneCpuMs: number;
  readonly envoyCpuMs: number;
  readonly updates: Updates;
}

export interface MemoryResult {
  /** Of the control plane and Envoy before all routes went, and some time after. */
  readonly before: { readonly controlPlaneMb: number; readonly envoyMb: number };
  readonly after: { readonly controlPlaneMb: number; readonly envoyMb: number };
  /** Until the control plane's memory was at what it is after. */
  readonly waitedMs: number;
}

/** Requests per second. */
export interface Throughput {
  readonly gateway: number;
  readonly floor: number;
}

export interface DataplaneResult {
  /** What made the requests. */
  readonly load: string;
  /** Straight to a backend. */
  readonly direct: number;
  /** By number of path prefixes. Medians of all rounds. */
  readonly byPrefixes: Readonly<Record<string, Throughput>>;
  /** The gateway's rate through the most prefixes as a multiple of that through the fewest, round by round. */
  readonly mostToFewest?: Summary;
  /** Answers that were no 200. */
  readonly wrong: number;
}

/** Single changes: each from what is written until a new connection sees it, and what it costs until all is quiet. */
export interface ChangeCost {
  readonly ms: Summary;
  readonly controlPlaneCpuMs: Summary;
  readonly envoyCpuMs: Summary;
}

/** A start from nothing, single changes after it, and the memory that it takes. */
export interface FleetResult {
  readonly start: StartResult;
  readonly changes: ChangeCost;
  /** After the changes. */
  readonly controlPlaneMb: number;
  readonly envoyMb: number;
  /** That Envoy took for a change, on average. */
  readonly updatesPerChange: Updates;
}

/** Changes are rotations of one certificate. */
export interface ListenersResult extends FleetResult {
  readonly listeners: number;
}

/** Changes give one route another backend. */
export interface ListenerSetsResult extends FleetResult {
  readonly sets: number;
  readonly routesPerSet: number;
}

/** Results with one number of routes; a phase that did not run is absent. */
export interface SizeResult {
  floor?: FloorResult;
  start?: StartResult;
  propagate?: PropagateResult;
  /** By kind of change. */
  errors?: Readonly<Record<string, ErrorsResult>>;
  /** By layout. */
  burst?: Readonly<Record<string, BurstResult>>;
  memory?: MemoryResult;
}

export interface Result {
  readonly when: string;
  readonly machine: string;
  readonly program: string;
  readonly envoy: string;
  /** By number of routes. */
  readonly sizes: Record<string, SizeResult>;
  dataplane?: DataplaneResult;
  listeners?: ListenersResult;
  listenerSets?: ListenerSetsResult;
}
