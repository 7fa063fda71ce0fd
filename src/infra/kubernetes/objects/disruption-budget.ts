import type { AnyObject } from "../../../kube/client.ts";
import { type FleetScope, metadataOf } from "../scope.ts";

/** The disruption budget, where an EnvoyProxy asks for one. */
export function disruptionBudget(scope: FleetScope): AnyObject | undefined {
  const settings = scope.fleet.envoyProxy?.provider?.kubernetes?.envoyPDB;
  if (!settings) return undefined;
  const { minAvailable, maxUnavailable, patch, name } = settings;
  if (minAvailable === undefined && maxUnavailable === undefined && patch === undefined) return undefined;
  return {
    metadata: metadataOf(scope, { name }),
    spec: {
      ...(minAvailable !== undefined && { minAvailable }),
      ...(maxUnavailable !== undefined && { maxUnavailable }),
      selector: { matchLabels: scope.selector },
    },
  };
}
