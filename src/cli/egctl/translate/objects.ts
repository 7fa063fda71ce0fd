import type { KubeObject } from "../../../api/object.ts";
import type { ObjectChange } from "../../../sources/source.ts";
import { mergeStatus } from "../../../status/object-status.ts";
import type { ObjectStatus } from "../../../translate/conditions.ts";
import type { Translation } from "../../../translate/translation.ts";

/** The objects with their computed statuses, in groups by kind: `gatewayClass` (one object), `gateways`, `httpRoutes`, … */
export function groupedObjects(
  objects: readonly ObjectChange[],
  translation: Translation,
  controllerName: string,
): Record<string, unknown> {
  const groups = new Map<string, KubeObject[]>();
  for (const { kind, key, object } of objects) {
    if (!object) continue;
    const status = translation.statuses.get(`${kind}/${key}`);
    const group = groups.get(kind) ?? [];
    group.push(status ? { ...object, status: statusOf(status, controllerName) } : object);
    groups.set(kind, group);
  }
  return Object.fromEntries(
    [...groups].map(([kind, group]) =>
      kind === "GatewayClass" && group.length === 1 ? ["gatewayClass", group[0]] : [groupName(kind), group],
    ),
  );
}

/** `HTTPRoute` → `httpRoutes`, `BackendTLSPolicy` → `backendTLSPolicies`. */
function groupName(kind: string): string {
  const start = kind.replace(/^(?:[A-Z]+(?=[A-Z][a-z])|[A-Z])/, (letters) => letters.toLowerCase());
  if (/[^aeiou]y$/.test(start)) return `${start.slice(0, -1)}ies`;
  return /(?:s|x)$/.test(start) ? `${start}es` : `${start}s`;
}

/** The status as it would be written, lists cut to what the API allows, but without times: the same input gives the same output. */
function statusOf({ body }: ObjectStatus, controllerName: string): unknown {
  const status = mergeStatus(undefined, body, { controllerName, now: new Date(0) });
  return withoutTimes(status);
}

function withoutTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) =>
      name === "lastTransitionTime" ? [] : [[name, withoutTimes(member)]],
    ),
  );
}
