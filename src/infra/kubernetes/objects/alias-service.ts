import type { AnyObject } from "../../../kube/client.ts";
import { aliasMetadata, type FleetScope } from "../scope.ts";

/**
 * A name for a fleet in its Gateway's own namespace, where the fleet itself lies elsewhere: pods there reach it as
 * `<gateway>-<class>`, and whoever looks beside the Gateway for what was made for it (GEP-1762) finds it, with the labels and
 * annotations of `spec.infrastructure`. `fronting` is the fleet's Service.
 */
export function aliasService(scope: FleetScope, fronting: AnyObject): AnyObject | undefined {
  const alias = aliasMetadata(scope);
  if (!alias) return undefined;
  const externalName = `${fronting.metadata.name}.${scope.namespace}.svc.${scope.settings.clusterDomain}`;
  return { metadata: alias, spec: { type: "ExternalName", externalName, sessionAffinity: "None" } };
}

/** Whether a Service of a fleet is no more than a name for another one. */
export function isAlias({ spec }: AnyObject): boolean {
  return (spec as { readonly type?: string } | undefined)?.type === "ExternalName";
}
