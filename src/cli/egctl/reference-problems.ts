import { isBad } from "../../server/admin/condition-health.ts";
import type { ObjectChange, SourceProblem } from "../../sources/source.ts";
import type { Condition, ObjectStatus } from "../../translate/conditions.ts";
import { offlineOptions, translateOnce } from "./offline-translation.ts";

/** Conditions about what runs: Envoys and endpoints, of which manifests tell nothing. */
const aboutRunning: ReadonlySet<string> = new Set(["Programmed", "BackendsAvailable"]);

/**
 * What is wrong with objects that are valid each by itself: references that lead nowhere or are not allowed, conflicts, values that
 * cannot be served. Found by translating them and reading their statuses.
 *
 * Objects that are not part of the manifests may well exist elsewhere, so what is missing is an error only where nothing is served.
 */
export function referenceProblems(objects: readonly ObjectChange[]): readonly SourceProblem[] {
  const origins = new Map(objects.map(({ kind, key, origin }) => [`${kind}/${key}`, origin]));
  const { translation } = translateOnce(objects, offlineOptions({}));
  return [...translation.statuses.entries()].flatMap(([id, status]) => {
    const origin = origins.get(id);
    return complaintsOf(status).map(
      ({ type, reason, message }): SourceProblem => ({
        severity: type === "Accepted" || type === "ResolvedRefs" ? "error" : "warning",
        code: reason,
        message: message.replace(/\.$/, ""),
        ...(origin && { file: origin.file, line: origin.line }),
        kind: status.kind,
        key: status.key,
      }),
    );
  });
}

function complaintsOf({ body }: ObjectStatus): Condition[] {
  const { conditions = [], listeners = [], parents = [], ancestors = [] } = body;
  const all = [
    ...conditions,
    ...listeners.flatMap((l) => l.conditions),
    ...parents.flatMap((p) => p.conditions),
    ...ancestors.flatMap((a) => a.conditions),
  ];
  const bad = all.filter((condition) => !aboutRunning.has(condition.type) && isBad(condition));
  return [...new Map(bad.map((condition) => [`${condition.type} ${condition.message}`, condition])).values()];
}
