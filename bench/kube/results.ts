/** The result of a run in the cluster. Times are in ms unless the name says otherwise. */
import type { Summary } from "../statistics.ts";

/** Routes that were attached to a Gateway at once, each by a request of its own. */
export interface AttachResult {
  /** Until the API server had all of them. All other times begin with its last answer. */
  readonly writtenMs: number;
  readonly servedMs: number;
  /** Until every route's conditions and the Gateway's number of routes were right. */
  readonly statusMs: number;
  /** Writes of the Gateway's status, from the first route until long after the last. */
  readonly gatewayWrites: number;
  readonly controllerCpuMs: number;
  readonly controllerMb: number;
  readonly envoyMb: number;
}

/** Single changes, from the API server's answer until a new connection sees them. */
export interface ChangesResult {
  /** A route that is new, and one that is led to another Service. */
  readonly applied: Summary;
  readonly deleted: Summary;
  /** Of the control plane, all that follows counted in. */
  readonly controllerCpuMsPerChange: number;
}

/** A time in which nothing changes. */
export interface SteadyResult {
  readonly seconds: number;
  readonly controllerCpuMs: number;
  readonly envoyCpuMs: number;
  /** Writes that the API server took from anybody, but for leases and nodes, by what was written. */
  readonly writes: Readonly<Record<string, number>>;
}

export interface SizeResult {
  attach?: AttachResult;
  changes?: ChangesResult;
  steady?: SteadyResult;
}

/** Of one control plane: by number of routes. */
export type SystemResult = Record<string, SizeResult>;

export interface KubeResult {
  readonly when: string;
  readonly machine: string;
  readonly envoy: string;
  readonly ours: SystemResult;
  original?: SystemResult;
}
