import { objectKey } from "../../api/object.ts";
import type { StatusReference } from "../../translate/conditions.ts";
import type { Translation } from "../../translate/translation.ts";

type Sources = Pick<Translation, "heldFleets" | "objects">;

/**
 * Whether what a status says of a parent or an ancestor stays as it stands. So it is while the class of its Gateway is ours but not accepted, for
 * instance because an EnvoyProxy is deleted and made anew: Envoys go on as they are, and so does what is told of them. `namespace` is that of
 * the object with the status.
 */
export function isStatusHeld(reference: StatusReference, namespace: string, sources: Sources): boolean {
  const key = objectKey(reference.namespace ?? namespace, reference.name);
  if (reference.kind === "Gateway") return sources.heldFleets.get(key)?.isOfRefusedClass === true;
  if (reference.kind !== "ListenerSet") return false;
  const set = sources.objects.of("ListenerSet").get(key);
  const gateway = set?.spec.parentRef;
  if (!set || !gateway) return false;
  return isStatusHeld({ ...gateway, kind: "Gateway" }, set.metadata.namespace ?? "", sources);
}
