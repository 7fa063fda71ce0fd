/** ListenerSet: listeners that are added to a Gateway from outside it. */
import { defaulted, type Infer, listOf, named, object, optional, required } from "../../schema/builder.ts";
import { AGE, conditionColumn, type InferKind, type InferKindInput, kind } from "../../schema/kind.ts";
import { rule } from "../../schema/rules.ts";
import { Conditions, pendingCondition } from "./conditions.ts";
import { DISTINCT_LISTENERS, ListenerEntry, ListenerStatuses, listenerRules } from "./listener.ts";
import { GATEWAY_API_GROUP } from "./names.ts";
import { ParentGatewayReference } from "./references.ts";

/** What a ListenerSet wants. */
export const ListenerSetSpec = named(
  "ListenerSetSpec",
  object({
    parentRef: required(ParentGatewayReference, "The Gateway that gets the listeners; it must allow them."),
    listeners: required(
      listOf(
        ListenerEntry,
        { listType: "map", listMapKeys: ["name"], minItems: 1, maxItems: 64 },
        ...listenerRules,
        rule(
          "self.all(l1, !has(l1.port) || self.exists_one(l2, has(l2.port) && l1.port == l2.port && l1.protocol == l2.protocol && (has(l1.hostname) && has(l2.hostname) ? l1.hostname == l2.hostname : !has(l1.hostname) && !has(l2.hostname))))",
          DISTINCT_LISTENERS,
        ),
      ),
      "Listeners that are added.",
    ),
  }),
  "What a ListenerSet wants.",
);
export type ListenerSetSpec = Infer<typeof ListenerSetSpec>;

/** What was observed of a ListenerSet. */
export const ListenerSetStatus = named(
  "ListenerSetStatus",
  object({
    conditions: defaulted(
      Conditions,
      [pendingCondition("Accepted"), pendingCondition("Programmed")],
      "State of the set as a whole.",
    ),
    listeners: optional(ListenerStatuses, "State of each listener."),
  }),
  "What was observed of a ListenerSet.",
);
export type ListenerSetStatus = Infer<typeof ListenerSetStatus>;

/** Adds listeners to a Gateway. */
export const ListenerSet = kind("ListenerSet", {
  group: GATEWAY_API_GROUP,
  versions: ["v1"],
  shortNames: ["lset"],
  categories: ["gateway-api"],
  columns: [conditionColumn("Accepted"), conditionColumn("Programmed"), AGE],
  spec: ListenerSetSpec,
  status: defaulted(
    ListenerSetStatus,
    { conditions: [pendingCondition("Accepted"), pendingCondition("Programmed")] },
    "What was observed.",
  ),
  doc: "Adds listeners to a Gateway.",
});
export type ListenerSet = InferKind<typeof ListenerSet>;
export type ListenerSetInput = InferKindInput<typeof ListenerSet>;
