import type { AnyObject } from "../../../kube/client.ts";
import { type FleetScope, metadataOf } from "../scope.ts";

/** Name of a fleet's service account. */
export function serviceAccountName({ name, fleet }: FleetScope): string {
  return fleet.envoyProxy?.provider?.kubernetes?.envoyServiceAccount?.name || name;
}

/** The service account of a fleet's pods; it may do nothing. */
export function serviceAccount(scope: FleetScope): AnyObject {
  return { metadata: metadataOf(scope, { name: serviceAccountName(scope) }), automountServiceAccountToken: false };
}
