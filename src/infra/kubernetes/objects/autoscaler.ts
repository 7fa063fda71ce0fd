import type { AnyObject } from "../../../kube/client.ts";
import { type FleetScope, metadataOf } from "../scope.ts";
import { workloadName } from "./workload.ts";

const defaultMetrics = [
  { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
];

/** The autoscaler, where an EnvoyProxy asks for one. */
export function autoscaler(scope: FleetScope): AnyObject | undefined {
  const settings = scope.fleet.envoyProxy?.provider?.kubernetes?.envoyHpa;
  if (!settings) return undefined;
  const { minReplicas, maxReplicas, metrics, behavior, name } = settings;
  return {
    metadata: metadataOf(scope, { name }),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: workloadName(scope) },
      ...(minReplicas !== undefined && { minReplicas }),
      maxReplicas,
      metrics: metrics?.length ? metrics : defaultMetrics,
      ...(behavior !== undefined && { behavior }),
    },
  };
}
