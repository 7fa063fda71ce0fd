import type { EnvoyGateway } from "../../api/v1alpha1/envoygateway.ts";
import type { ConfigProblem } from "../config/problem.ts";
import type { ControlPlane } from "../control-plane.ts";
import type { Logs } from "../logs/logs.ts";
import type { MetricStore } from "../metrics/metric-store.ts";

/** What the admin server shows; functions, since a changed configuration replaces what they return. */
export interface AdminContext {
  readonly config: () => EnvoyGateway;
  /** Absent while it starts. */
  readonly plane: () => ControlPlane | undefined;
  /** Problems of the configuration file, as of its last reading. */
  readonly configProblems: () => readonly ConfigProblem[];
  readonly ports: () => {
    readonly xds: number;
    readonly admin: number;
    readonly metrics: number;
    readonly health: number;
  };
  readonly startedAt: Date;
  readonly clock: () => Date;
  readonly metrics: MetricStore;
  readonly logs: Logs;
}
