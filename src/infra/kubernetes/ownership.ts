import { createHash } from "node:crypto";
import type { ObjectMeta } from "../../kube/client.ts";
import type { KubernetesInfraSettings } from "./settings.ts";

/** Labels of all that is made for Envoys, whichever fleet's. The original's objects have them as well. */
export const fleetLabels: Readonly<Record<string, string>> = {
  "app.kubernetes.io/name": "envoy",
  "app.kubernetes.io/component": "proxy",
  "app.kubernetes.io/managed-by": "envoy-gateway",
};

/** Labels that tell whose an object is. */
export const ownerLabels = {
  gatewayName: "gateway.envoyproxy.io/owning-gateway-name",
  gatewayNamespace: "gateway.envoyproxy.io/owning-gateway-namespace",
  gatewayClass: "gateway.envoyproxy.io/owning-gatewayclass",
} as const;

/** The standard label of GEP-1762, on what lies beside its Gateway. */
export const gatewayNameKey = "gateway.networking.k8s.io/gateway-name";

/** Label that tells which control plane made an object, see {@link markOf}. */
export const markKey = "gateway.envoyproxy.io/managed-by-controller";

type Labelled = Pick<ObjectMeta, "labels" | "namespace">;
type Installation = Pick<KubernetesInfraSettings, "namespace" | "controllerName">;

/**
 * Label of everything that a control plane makes: `<its namespace>-<8 hex digits of its controllerName's SHA-256>`. Several of them, ours or
 * not, may work in one cluster, and none may touch what another one made.
 */
export function markOf({ namespace, controllerName }: Installation): Readonly<Record<string, string>> {
  const digest = createHash("sha256").update(controllerName).digest("hex").slice(0, 8);
  return { [markKey]: `${namespace.slice(0, 54)}-${digest}` };
}

/** Whether this control plane made it. */
export function isMarked({ labels }: Labelled, installation: Installation): boolean {
  return labels?.[markKey] === markOf(installation)[markKey];
}

/** Tells fleets apart by the labels of their objects; undefined for labels that do not say whose an object is. */
export function labelledOwnership({ labels, namespace }: Labelled): string | undefined {
  if (!labels) return undefined;
  const name = labels[ownerLabels.gatewayName];
  const gatewayNamespace = labels[ownerLabels.gatewayNamespace];
  if (name !== undefined && gatewayNamespace !== undefined) return `${gatewayNamespace}/${name}`;
  const isMerged = labels[ownerLabels.gatewayClass] !== undefined;
  const besideGateway = labels[gatewayNameKey];
  return isMerged || besideGateway === undefined ? labels[ownerLabels.gatewayClass] : `${namespace}/${besideGateway}`;
}

/**
 * Whose an object is, if a fleet of ours may have it: what we made, and for an upgrade from the original what lies where it would have made
 * it, in our own namespace or beside the Gateway. Whether there is such a Gateway of ours, the caller knows.
 */
export function ownershipOf(metadata: Labelled, settings: KubernetesInfraSettings): string | undefined {
  const ownership = labelledOwnership(metadata);
  const { namespace = "", labels } = metadata;
  if (ownership === undefined || namespace === settings.namespace || isMarked(metadata, settings)) return ownership;
  const isBesideGateway = settings.deploy === "GatewayNamespace" && ownership.startsWith(`${namespace}/`);
  return isBesideGateway && labels?.[markKey] === undefined ? ownership : undefined;
}
