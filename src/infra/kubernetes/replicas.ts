import type { AnyObject } from "../../kube/client.ts";
import type { FleetStatus } from "../fleet.ts";
import type { FleetKind } from "./resources.ts";

/** Status of a Deployment or a DaemonSet, as far as it counts pods. */
interface WorkloadView {
  readonly metadata?: { readonly generation?: number };
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly availableReplicas?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly updatedNumberScheduled?: number;
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

export function isWorkload(kind: FleetKind): boolean {
  return kind === "Deployment" || kind === "DaemonSet";
}

/** Whether its controller has seen it, and all pods that should be there serve and are of its newest form. */
export function isRolledOut(kind: FleetKind, object: AnyObject): boolean {
  const { metadata, status } = object as WorkloadView;
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 1)) return false;
  const { desired, available } = replicasOf(kind, object);
  const updated = (kind === "DaemonSet" ? status?.updatedNumberScheduled : status?.updatedReplicas) ?? 0;
  const former = kind === "DaemonSet" ? 0 : (status?.replicas ?? 0) - updated;
  return available >= desired && updated >= desired && former <= 0;
}
