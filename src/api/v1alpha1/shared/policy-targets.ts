/** What policies are for: objects by name, or by their labels. */
import {
  defaulted,
  type Infer,
  listOf,
  mapOf,
  named,
  object,
  oneOf,
  optional,
  required,
  string,
} from "../../../schema/builder.ts";
import { rule } from "../../../schema/rules.ts";
import type { Rule } from "../../../schema/structural.ts";
import { LabelSelector } from "../../gateway-api/listener.ts";
import { GATEWAY_API_GROUP, Group, Kind } from "../../gateway-api/names.ts";
import { LocalPolicyTargetReferenceWithSectionName } from "../../gateway-api/policy.ts";

/** Chooses targets by kind, labels and namespace. */
export const TargetSelector = named(
  "TargetSelector",
  object(
    {
      group: defaulted(Group, GATEWAY_API_GROUP, "API group of the targets."),
      kind: required(Kind, "Kind of the targets."),
      matchLabels: optional(mapOf(string()), "Labels the targets must have."),
      matchExpressions: optional(
        listOf(
          object({
            key: required(string(), "Name of the label."),
            operator: required(string(), "`In`, `NotIn`, `Exists` or `DoesNotExist`."),
            values: optional(listOf(string(), { listType: "atomic" }), "Values for `In` and `NotIn`."),
          }),
          { listType: "atomic" },
        ),
        "Conditions on labels of the targets.",
      ),
      namespaces: optional(
        object(
          {
            from: defaulted(
              oneOf("Same", "All", "Selector"),
              "Same",
              "`Same`: the policy's own namespace; `All`; `Selector`: those chosen by labels. Other namespaces need a ReferenceGrant.",
              { required: true },
            ),
            selector: optional(LabelSelector, "Labels of the namespaces, for `Selector`."),
          },
          rule("self.from != 'Selector' || has(self.selector)", "from Selector needs a selector"),
        ),
        "Namespaces of the targets. Absent means the policy's own.",
      ),
    },
    rule(
      "has(self.group) ? self.group == 'gateway.networking.k8s.io' : true",
      "group of targetSelectors must be gateway.networking.k8s.io",
    ),
  ),
  "Chooses targets by kind, labels and namespace.",
);
export type TargetSelector = Infer<typeof TargetSelector>;

/** Fields by which a policy names its targets. */
export const policyTargetFields = {
  targetRef: optional(LocalPolicyTargetReferenceWithSectionName, "Deprecated: use `targetRefs`."),
  targetRefs: optional(
    listOf(LocalPolicyTargetReferenceWithSectionName),
    "Objects the policy is for, in its own namespace.",
  ),
  targetSelectors: optional(listOf(TargetSelector), "Objects the policy is for, chosen by their labels."),
};

/** How a route's policy goes together with one of the same kind that its Gateway or listener has. */
export const mergeType = optional(
  string<"StrategicMerge" | "JSONMerge">(
    {},
    rule("self != 'Replace'", "mergeType Replace is what an absent mergeType means; leave it out"),
  ),
  "How the policy goes together with the one of the Gateway or listener. Absent means that it takes its place.",
);

function inList(kinds: readonly string[]): string {
  return `[${kinds.map((kind) => `'${kind}'`).join(", ")}]`;
}

/** What must hold for the targets of a policy that may be for these kinds. */
export function policyTargetRules(kinds: readonly string[]): readonly Rule[] {
  const list = kinds.join(", ");
  return [
    rule(
      "(has(self.targetRef) && !has(self.targetRefs)) || (!has(self.targetRef) && has(self.targetRefs)) || (has(self.targetSelectors) && self.targetSelectors.size() > 0)",
      "either targetRef or targetRefs must be given, or targetSelectors",
    ),
    rule(
      "has(self.targetRef) ? self.targetRef.group == 'gateway.networking.k8s.io' : true",
      "group of targetRef must be gateway.networking.k8s.io",
    ),
    rule(
      `has(self.targetRef) ? self.targetRef.kind in ${inList(kinds)} : true`,
      `kind of targetRef must be one of ${list}`,
    ),
    rule(
      "has(self.targetRefs) ? self.targetRefs.all(ref, ref.group == 'gateway.networking.k8s.io') : true",
      "group of targetRefs must be gateway.networking.k8s.io",
    ),
    rule(
      `has(self.targetRefs) ? self.targetRefs.all(ref, ref.kind in ${inList(kinds)}) : true`,
      `kind of targetRefs must be one of ${list}`,
    ),
  ];
}

/** `field` may be there only if all targets of the policy are of these kinds. */
export function onlyForTargets(field: string, kinds: readonly string[]): Rule {
  const list = inList(kinds);
  return rule(
    `!has(self.${field}) || ((!has(self.targetRef) || self.targetRef.kind in ${list}) && (!has(self.targetRefs) || self.targetRefs.all(ref, ref.kind in ${list})) && (!has(self.targetSelectors) || self.targetSelectors.all(sel, sel.kind in ${list})))`,
    `${field} is for targets of kind ${kinds.join(", ")} only`,
  );
}
