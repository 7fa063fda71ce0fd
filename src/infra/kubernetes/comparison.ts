import type { AnyObject } from "../../kube/client.ts";
import { isObject } from "../../translate/json-merge.ts";

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
