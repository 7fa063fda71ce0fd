import type { KubeResource } from "../../kube/resource.ts";

function namespaced(group: string, version: string, plural: string, kind: string): KubeResource {
  return { group, version, plural, kind, isNamespaced: true };
}

/** Kinds of the objects that run a fleet, in the order in which they are made. */
export const fleetResources = {
  ServiceAccount: namespaced("", "v1", "serviceaccounts", "ServiceAccount"),
  ConfigMap: namespaced("", "v1", "configmaps", "ConfigMap"),
  Deployment: namespaced("apps", "v1", "deployments", "Deployment"),
  DaemonSet: namespaced("apps", "v1", "daemonsets", "DaemonSet"),
  Service: namespaced("", "v1", "services", "Service"),
  HorizontalPodAutoscaler: namespaced("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
  PodDisruptionBudget: namespaced("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"),
} as const satisfies Readonly<Record<string, KubeResource>>;

export type FleetKind = keyof typeof fleetResources;

export const fleetKinds = Object.keys(fleetResources) as readonly FleetKind[];

/** Nodes, for addresses of Services of type NodePort and for addresses that Gateways ask for. */
export const nodeResource: KubeResource = {
  group: "",
  version: "v1",
  plural: "nodes",
  kind: "Node",
  isNamespaced: false,
};
