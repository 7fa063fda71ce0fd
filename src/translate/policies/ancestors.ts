import { compareText, type KubeObject } from "../../api/object.ts";
import {
  type AncestorStatus,
  type Condition,
  type ObjectStatus,
  observed,
  type StatusReference,
  statusOf,
} from "../conditions.ts";
import { aggregated } from "./policy-conditions.ts";

/** Conditions of a policy at one ancestor, as far as they follow from one of its targets. */
export interface AncestorConditions {
  readonly ancestorRef: StatusReference;
  readonly conditions: readonly Condition[];
}

/** Most ancestors a policy's status can have. Follows the Gateway API's `PolicyStatus`. */
export const mostAncestors = 16;

/** Text that tells ancestors apart. */
export function ancestorKey({ kind, namespace = "", name, sectionName = "" }: StatusReference): string {
  return [namespace, name, sectionName, kind].join("\0");
}

/** Status of a policy of any kind. */
export function policyStatus(
  policy: KubeObject,
  entries: readonly AncestorConditions[],
  controllerName: string,
): ObjectStatus {
  const { generation } = policy.metadata;
  const ancestors = ancestorStatuses(entries, controllerName).map((entry) => ({
    ...entry,
    conditions: observed(entry.conditions, generation),
  }));
  return statusOf(policy, { ancestors });
}

/**
 * The ancestors of a policy's status: what several targets say about one ancestor becomes one entry, in which a refusal counts more than
 * anything else. Those that need attention come first, and if there are too many the last one says so.
 */
export function ancestorStatuses(entries: readonly AncestorConditions[], controllerName: string): AncestorStatus[] {
  const byAncestor = new Map<string, AncestorConditions>();
  for (const entry of [...entries].sort(compareEntries)) {
    const key = ancestorKey(entry.ancestorRef);
    const known = byAncestor.get(key);
    byAncestor.set(key, known ? { ...known, conditions: combine(known.conditions, entry.conditions) } : entry);
  }
  const ranked = [...byAncestor]
    .sort(([a, one], [b, other]) => rank(one) - rank(other) || compareText(a, b))
    .map(([, entry]) => entry);
  return ranked.slice(0, mostAncestors).map(({ ancestorRef, conditions }, i) => {
    const isCut = i === mostAncestors - 1 && ranked.length > mostAncestors;
    return { ancestorRef, controllerName, conditions: isCut ? [...conditions, aggregated] : conditions };
  });
}

/** Independent of the order in which targets were found. */
function compareEntries(a: AncestorConditions, b: AncestorConditions): number {
  return rank(a) - rank(b) || compareText(JSON.stringify(a.conditions), JSON.stringify(b.conditions));
}

function rank({ conditions }: AncestorConditions): number {
  if (conditions.some(({ type, status }) => type === "Accepted" && status === "False")) return 0;
  return conditions.some(({ type, status }) => type === "Overridden" && status === "True") ? 1 : 2;
}

function combine(first: readonly Condition[], second: readonly Condition[]): Condition[] {
  return [...first, ...second.filter(({ type }) => first.every((condition) => condition.type !== type))];
}
