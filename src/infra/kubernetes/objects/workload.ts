import type { KubernetesDeploymentSpec } from "../../../api/v1alpha1/shared/kubernetes-objects.ts";
import type { AnyObject } from "../../../kube/client.ts";
import { type FleetScope, metadataOf } from "../scope.ts";
import { podTemplate } from "./pod.ts";

/** The settings of the Deployment or the DaemonSet, whichever runs the fleet. */
type WorkloadSettings = KubernetesDeploymentSpec;

/** What runs the pods: a DaemonSet where an EnvoyProxy asks for one. */
export function workloadKind({ fleet }: FleetScope): "Deployment" | "DaemonSet" {
  return fleet.envoyProxy?.provider?.kubernetes?.envoyDaemonSet ? "DaemonSet" : "Deployment";
}

export function workloadSettings({ fleet }: FleetScope): WorkloadSettings | undefined {
  const kubernetes = fleet.envoyProxy?.provider?.kubernetes;
  return kubernetes?.envoyDaemonSet ?? kubernetes?.envoyDeployment;
}

export function workloadName(scope: FleetScope): string {
  return workloadSettings(scope)?.name || scope.name;
}

/** The Deployment or DaemonSet. `bootstrap` is the text that Envoy is started with. */
export function workload(scope: FleetScope, envoyArguments: readonly string[]): AnyObject {
  const settings = workloadSettings(scope);
  const common = {
    selector: { matchLabels: scope.selector },
    template: podTemplate(scope, settings, envoyArguments),
    revisionHistoryLimit: 10,
  };
  const metadata = metadataOf(scope, { name: workloadName(scope) });
  const strategy = settings?.strategy ?? { type: "RollingUpdate" };
  if (workloadKind(scope) === "DaemonSet") return { metadata, spec: { ...common, updateStrategy: strategy } };
  // Whoever scales the pods (an autoscaler, `kubectl scale`) writes the number; only one that was asked for is ours.
  const hasAutoscaler = scope.fleet.envoyProxy?.provider?.kubernetes?.envoyHpa !== undefined;
  const replicas = hasAutoscaler ? undefined : settings?.replicas;
  return {
    metadata,
    spec: { ...(replicas !== undefined && { replicas }), ...common, strategy, progressDeadlineSeconds: 600 },
  };
}
