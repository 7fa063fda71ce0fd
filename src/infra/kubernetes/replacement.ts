import type { AnyObject } from "../../kube/client.ts";
import { serviceAddresses } from "./addresses.ts";
import type { DesiredObject } from "./desired.ts";
import { type LiveObject, objectKeyOf } from "./live-objects.ts";
import { isRolledOut, isWorkload } from "./replicas.ts";
import type { FleetKind } from "./resources.ts";
import type { FleetScope } from "./scope.ts";

/** Kinds that clients and pods of a fleet live on. The others only tell how many pods there are. */
const servingKinds: readonly FleetKind[] = ["Deployment", "DaemonSet", "Service", "ServiceAccount", "ConfigMap"];

/** A fleet whose objects are to be others than before, for instance by another name or in another namespace. */
export interface Replacement {
  readonly scope: FleetScope;
  readonly desired: readonly DesiredObject[];
  /** What there is of the fleet. */
  readonly members: readonly LiveObject[];
  readonly nodes: readonly AnyObject[];
}

/**
 * What is too many and may go now: nothing that serves before what comes in its place does. That is when the new pods are rolled out, and
 * their Service has an address if the former one had. The watch tells of both.
 */
export function removable({ scope, desired, members, nodes }: Replacement): readonly LiveObject[] {
  const wanted = new Set(desired.map(idOf));
  const excess = members.filter((member) => !wanted.has(idOf(member)));
  if (!excess.some(({ kind }) => servingKinds.includes(kind))) return excess;
  const replacing = members.filter((member) => wanted.has(idOf(member)));
  const isServing = replacing.some(({ kind, object }) => isWorkload(kind) && isRolledOut(kind, object));
  // An address that is asked for is free only when the former Service is gone.
  const isAddressAsked = scope.owner.addresses.length > 0 || loadBalancerIP(scope) !== undefined;
  const hasAddress = (objects: readonly LiveObject[]): boolean => objects.some((one) => isReached(one, nodes));
  const isReachable = isAddressAsked || !hasAddress(excess) || hasAddress(replacing);
  return isServing && isReachable ? excess : [];
}

function idOf({ kind, object }: LiveObject): string {
  return `${kind}/${objectKeyOf(object)}`;
}

function isReached({ kind, object }: LiveObject, nodes: readonly AnyObject[]): boolean {
  return kind === "Service" && serviceAddresses(object, [], nodes).addresses.length > 0;
}

function loadBalancerIP({ fleet }: FleetScope): string | undefined {
  return fleet.envoyProxy?.provider?.kubernetes?.envoyService?.loadBalancerIP;
}
