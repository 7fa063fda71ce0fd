import { type Condition, isFalse } from "../conditions.ts";
import type { ListenerModel } from "./model.ts";

/** The verdict about a ListenerSet's listener, whose conditions say more than those of a Gateway's: whether it is in conflict, and with which reason it fails. */
export function asEntry(model: ListenerModel): ListenerModel {
  return { ...model, conditions: entryConditions(model) };
}

const noConflicts = isFalse("Conflicted", "NoConflicts", "No other listener comes before it on its port and hostname.");

function entryConditions({ conditions, isProgrammed }: ListenerModel): readonly Condition[] {
  if (isProgrammed) return [...conditions, noConflicts];
  const conflict = conditions.find(({ type, status }) => type === "Conflicted" && status === "True");
  if (!conflict) return conditions.map(withReason);
  const { reason, message } = conflict;
  return [
    isFalse("Programmed", reason, message),
    isFalse("Accepted", reason, message),
    ...conditions.filter(({ type }) => type !== "Programmed" && type !== "Accepted"),
  ];
}

const withReason = (condition: Condition): Condition =>
  condition.type === "Programmed" ? { ...condition, reason: "ListenersNotValid" } : condition;
