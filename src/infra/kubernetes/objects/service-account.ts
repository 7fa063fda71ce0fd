import type { AnyObject } from "../../../kube/client.ts";
import { type FleetScope, metadataOf } from "../scope.ts";

/** Name of a fleet's service account. */
export function serviceAccountName(scope: FleetScope): string {
  return namedAccount(scope) || scope.name;
}

/** The name that an EnvoyProxy gives; several fleets may have it. */
export function namedAccount({ fleet }: FleetScope): string | undefined {
  return fleet.envoyProxy?.provider?.kubernetes?.envoyServiceAccount?.name || undefined;
}

/** The service account of a fleet's pods; it may do nothing. */
export function serviceAccount(scope: FleetScope): AnyObject {
  return { metadata: metadataOf(scope, { name: serviceAccountName(scope) }), automountServiceAccountToken: false };
}
