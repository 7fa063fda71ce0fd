import type { ObjectStatus, StatusBody, StatusReference } from "../../translate/conditions.ts";
import { sameData } from "../../translate/equal.ts";
import { mergeStatus, type StatusOwner, type WrittenStatus } from "../object-status.ts";

/**
 * What an object's status is to be, given what the API server holds and what was computed, if anything. Where nothing is computed (any more),
 * our entries of `parents` and `ancestors` go unless they are held, and the rest stays. Equal to what there is: the same object.
 */
export function statusToWrite(
  held: WrittenStatus | undefined,
  computed: ObjectStatus | undefined,
  owner: StatusOwner,
): WrittenStatus | undefined {
  if (computed) return mergeStatus(held, computed.body, owner);
  if (held === undefined) return undefined;
  const parents = remaining(held.parents, ({ parentRef }) => parentRef, owner);
  const ancestors = remaining(held.ancestors, ({ ancestorRef }) => ancestorRef, owner);
  if (parents === held.parents && ancestors === held.ancestors) return held;
  return { ...held, ...(parents && { parents }), ...(ancestors && { ancestors }) };
}

/**
 * A Gateway's status as long as nobody knows how its Envoys are: what only they can tell, `addresses` and the condition `Programmed`, stays
 * as the API server holds it. "No addresses" would make others take down names that lead to a Gateway which is served all the time.
 */
export function withHeldFleet(computed: ObjectStatus, held: WrittenStatus | undefined): ObjectStatus {
  const { addresses: _, conditions = [], ...rest } = computed.body;
  const programmed = held?.conditions?.filter(({ type }) => type === "Programmed") ?? [];
  const body: StatusBody = {
    ...rest,
    conditions: conditions.flatMap((condition) => (condition.type === "Programmed" ? programmed : [condition])),
    ...(held?.addresses && { addresses: held.addresses }),
  };
  return { ...computed, body };
}

function remaining<T extends { readonly controllerName: string }>(
  entries: readonly T[] | undefined,
  referenceOf: (entry: T) => StatusReference,
  { controllerName, isHeld }: StatusOwner,
): readonly T[] | undefined {
  const stays = (entry: T): boolean => entry.controllerName !== controllerName || isHeld?.(referenceOf(entry)) === true;
  return entries?.every(stays) ? entries : entries?.filter(stays);
}

/**
 * The merge patch (RFC 7386) that leads from one status to another. Lists are replaced as a whole, other controllers' entries among them, hence
 * the resource version: if anybody has written meanwhile, the API server refuses it, and it is made anew from what stands there then.
 */
export function statusPatch(held: WrittenStatus | undefined, next: WrittenStatus, resourceVersion: string): object {
  const fields = new Set([...Object.keys(held ?? {}), ...Object.keys(next)]) as Set<keyof WrittenStatus>;
  const changed = [...fields].filter((field) => !sameData(held?.[field], next[field]));
  const status = Object.fromEntries(changed.map((field) => [field, next[field] ?? null]));
  return { metadata: { resourceVersion }, status };
}
