import type { Condition } from "../../translate/conditions.ts";

/** Conditions of which `True` is the bad news. */
const badWhenTrue: ReadonlySet<string> = new Set(["Conflicted", "PartiallyInvalid", "OverlappingTLSConfig"]);

/** Whether a condition tells that something is wrong. */
export function isBad({ type, status }: Pick<Condition, "type" | "status">): boolean {
  return badWhenTrue.has(type) ? status === "True" : status === "False";
}
