import { isBad } from "../../../server/admin/condition-health.ts";
import type { ObjectStatus } from "../../../translate/conditions.ts";

/** Conditions that are about Envoys rather than about what a user wrote; they are told when Envoys change. */
const aboutEnvoys: ReadonlySet<string> = new Set(["Gateway/Programmed"]);

/** What is wrong with an object as its status tells it: one sentence for each different complaint, the gravest first. */
export function complaints(status: ObjectStatus | undefined): readonly string[] {
  if (!status) return [];
  const { conditions = [], listeners = [], parents = [], ancestors = [] } = status.body;
  const all = [
    ...conditions,
    ...listeners.flatMap((l) => l.conditions),
    ...parents.flatMap((p) => p.conditions),
    ...ancestors.flatMap((a) => a.conditions),
  ];
  const bad = all.filter((condition) => isBad(condition) && !aboutEnvoys.has(`${status.kind}/${condition.type}`));
  // An object that is not accepted has that as its reason; everything else follows from it.
  const refused = bad.filter(({ type }) => type === "Accepted");
  return [
    ...new Set(
      (refused.length > 0 ? refused : bad).map(({ reason, message }) => `${message.replace(/\.$/, "")} (${reason})`),
    ),
  ];
}

/** Whether at least one parent, or the object as a whole, was accepted. */
export function isAccepted(status: ObjectStatus | undefined): boolean {
  const { conditions = [], parents = [], ancestors = [] } = status?.body ?? {};
  const all = [...conditions, ...parents.flatMap((p) => p.conditions), ...ancestors.flatMap((a) => a.conditions)];
  return all.some(({ type, status: value }) => type === "Accepted" && value === "True");
}

/** Whether nothing in what a user wrote keeps a listener of a Gateway from being served; whether Envoy runs does not matter here. */
export function isServed(gateway: ObjectStatus | undefined, listener: string): boolean {
  const conditions = gateway?.body.listeners?.find(({ name }) => name === listener)?.conditions ?? [];
  return !conditions.some((condition) => condition.type !== "Programmed" && isBad(condition));
}
