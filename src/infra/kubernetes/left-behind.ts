import type { LiveObject } from "./live-objects.ts";
import { fleetLabels, isMarked, markOf, ownerLabels } from "./ownership.ts";
import { fleetResources } from "./resources.ts";
import type { KubernetesInfraSettings } from "./settings.ts";

/** What of a fleet lies where the control plane may not look. */
export interface LeftBehind {
  readonly namespace: string;
  /** Deletes it. */
  readonly command: string;
}

/**
 * What a fleet left beside its Gateway when it moved into the control plane's namespace (`deploy.type` was `GatewayNamespace` before). There the
 * control plane's role now permits nothing but Services. One that it made there for a fleet, of those that are `removed`, tells that the rest
 * may be there, too.
 */
export function leftBehind(removed: readonly LiveObject[], settings: KubernetesInfraSettings): readonly LeftBehind[] {
  if (settings.deploy === "GatewayNamespace") return [];
  const selectors = new Map<string, string>();
  for (const { kind, object } of removed) {
    const { namespace = "", labels = {} } = object.metadata;
    const name = labels[ownerLabels.gatewayName];
    if (kind !== "Service" || namespace === settings.namespace || name === undefined) continue;
    if (!isMarked(object.metadata, settings)) continue;
    const own = { ...fleetLabels, ...markOf(settings), [ownerLabels.gatewayName]: name };
    const selector = Object.entries(own).map(([label, value]) => `${label}=${value}`);
    selectors.set(namespace, selector.join(","));
  }
  return [...selectors].map(([namespace, selector]) => ({
    namespace,
    command: `kubectl delete ${kinds} --namespace ${namespace} --selector ${selector}`,
  }));
}

/** In the order in which they go: pods first, then what they need. */
const kinds = Object.values(fleetResources)
  .filter(({ kind }) => kind !== "Service")
  .map(({ plural, group }) => (group === "" ? plural : `${plural}.${group}`))
  .reverse()
  .join(",");
