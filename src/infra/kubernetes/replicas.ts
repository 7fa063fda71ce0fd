import type { AnyObject } from "../../kube/client.ts";
import type { FleetStatus } from "../fleet.ts";
import type { FleetKind } from "./resources.ts";

/** Status of a Deployment or a DaemonSet, as far as it counts pods. */
interface WorkloadView {
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly availableReplicas?: number;
    readonly replicas?: number;
    readonly numberAvailable?: number;
    readonly desiredNumberScheduled?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}

/** Pods that should be there and pods that serve. */
export function replicasOf(kind: FleetKind, object: AnyObject | undefined): FleetStatus["replicas"] {
  const { spec, status } = (object ?? {}) as WorkloadView;
  return kind === "DaemonSet"
    ? { desired: status?.desiredNumberScheduled ?? 0, available: status?.numberAvailable ?? 0 }
    : { desired: spec?.replicas ?? 1, available: status?.availableReplicas ?? 0 };
}

/** Kubernetes' words when pods cannot be made, e.g. over quota. */
export function workloadProblem(object: AnyObject | undefined): string | undefined {
  const { conditions = [] } = (object as WorkloadView | undefined)?.status ?? {};
  return conditions.find(({ type, status }) => type === "ReplicaFailure" && status === "True")?.message;
}
