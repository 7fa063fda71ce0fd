import type { AnyObject } from "../../kube/client.ts";
import type { AccountUsers } from "./account-users.ts";
import type { DesiredObject } from "./desired.ts";
import { objectKeyOf } from "./live-objects.ts";
import { isMarked, labelledOwnership, ownershipOf } from "./ownership.ts";
import type { KubernetesInfraSettings } from "./settings.ts";

/**
 * What an object that is there is to a fleet that wants one of its name. `own`: it may write it; `inherited`: another control plane, or this
 * one under another name or in another namespace, made it for the same Gateway; `shared`: it is used as it is; `foreign`: somebody else's.
 */
export type Standing = "own" | "inherited" | "shared" | "foreign";

/** Who asks. */
export interface Asking {
  readonly ownership: string;
  readonly settings: KubernetesInfraSettings;
  readonly accounts: AccountUsers;
}

export function standingOf(found: AnyObject, desired: DesiredObject, asking: Asking): Standing {
  const { ownership, settings } = asking;
  if (ownershipOf(found.metadata, settings) === ownership) return "own";
  const shared = desired.isShareable ? accountStanding(found, asking) : undefined;
  if (shared) return shared;
  const isForSameGateway = labelledOwnership(found.metadata) === ownership && haveSameGateway(found, desired.object);
  return isForSameGateway ? "inherited" : "foreign";
}

/**
 * An account that an EnvoyProxy names may be there already, say with rights in a cloud. Beside Gateways, where the namespace is not the control
 * plane's, only those of other fleets are shared.
 */
function accountStanding(found: AnyObject, { settings, accounts }: Asking): Standing | undefined {
  const isMade = isMarked(found.metadata, settings);
  const keeper = labelledOwnership(found.metadata);
  if (isMade && keeper !== undefined && !accounts.isUsedBy(keeper, objectKeyOf(found))) return "own";
  return isMade || found.metadata.namespace === settings.namespace ? "shared" : undefined;
}

/** Whether both end with one and the same Gateway. */
function haveSameGateway(found: AnyObject, desired: AnyObject): boolean {
  const wanted = gatewayUids(desired);
  return gatewayUids(found).some((uid) => wanted.includes(uid));
}

function gatewayUids({ metadata }: AnyObject): readonly string[] {
  const { ownerReferences = [] } = metadata as { readonly ownerReferences?: readonly OwnerReference[] };
  return ownerReferences.flatMap(({ kind, uid }) => (kind === "Gateway" && uid ? [uid] : []));
}

interface OwnerReference {
  readonly kind?: string;
  readonly uid?: string;
}
