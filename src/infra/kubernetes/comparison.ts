import type { AnyObject } from "../../kube/client.ts";
import { isObject } from "../../translate/json-merge.ts";
import { canonicalJson, type Json } from "../bootstrap/json.ts";

/** Metadata that only the API server writes, and what of it we never ask for. */
const comparedMetadata = ["labels", "annotations", "ownerReferences"] as const;

/**
 * Whether everything in `desired` is in `live` as well, which may hold more: defaults, what others wrote. Lists must be equally long and
 * agree item by item.
 */
export function holds(live: AnyObject, desired: AnyObject): boolean {
  return Object.keys(desired).every((field) =>
    field === "metadata"
      ? comparedMetadata.every((part) => contains(live.metadata[part], desired.metadata[part]))
      : contains(live[field], desired[field]),
  );
}

function contains(live: unknown, desired: unknown): boolean {
  if (desired === undefined) return true;
  if (Array.isArray(desired)) {
    if (!Array.isArray(live)) return desired.length === 0;
    return live.length === desired.length && desired.every((item, i) => contains(live[i], item));
  }
  if (isObject(desired)) {
    if (!isObject(live)) return Object.keys(desired).length === 0;
    return Object.entries(desired).every(([field, value]) => contains(live[field], value));
  }
  return Object.is(live, desired);
}

/**
 * What `live` says of the fields that `desired` has: equal texts for equal content. The API server writes some values otherwise than they
 * were given (`1000m` as `1`), and webhooks add items to lists.
 */
export function projection(live: AnyObject, desired: AnyObject): string {
  const fields = Object.keys(desired).map((field): [string, unknown] => [
    field,
    field === "metadata"
      ? comparedMetadata.map((part) => projected(live.metadata[part], desired.metadata[part]))
      : projected(live[field], desired[field]),
  ]);
  return canonicalJson(Object.fromEntries(fields) as Json);
}

/** Items that others added to a list are part of it. */
function projected(live: unknown, desired: unknown): unknown {
  if (Array.isArray(desired) && Array.isArray(live)) {
    return live.map((item, i) => (i < desired.length ? projected(item, desired[i]) : item));
  }
  if (isObject(desired) && isObject(live)) {
    const shared = Object.entries(desired).map(([field, value]) => [field, projected(live[field], value)]);
    return Object.fromEntries(shared.filter(([, value]) => value !== undefined));
  }
  return desired === undefined ? undefined : live;
}
