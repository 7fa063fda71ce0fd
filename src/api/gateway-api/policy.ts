/** What all policies have in common: what they are for, and what was observed of them there. */
import { type Infer, listOf, named, object, optional, required } from "../../schema/builder.ts";
import { ObservedConditions } from "./conditions.ts";
import { GatewayController, Group, Kind, ObjectName, SectionName } from "./names.ts";
import { ParentReference } from "./references.ts";

/** Object in the policy's own namespace that the policy is for. */
export const LocalPolicyTargetReference = named(
  "LocalPolicyTargetReference",
  object({
    group: required(Group, "API group of the target."),
    kind: required(Kind, "Kind of the target."),
    name: required(ObjectName, "Name of the target."),
  }),
  "Object in the policy's own namespace that the policy is for.",
);
export type LocalPolicyTargetReference = Infer<typeof LocalPolicyTargetReference>;

/** Object in the policy's own namespace that the policy is for, or a part of it. */
export const LocalPolicyTargetReferenceWithSectionName = named(
  "LocalPolicyTargetReferenceWithSectionName",
  object({
    group: required(Group, "API group of the target."),
    kind: required(Kind, "Kind of the target."),
    name: required(ObjectName, "Name of the target."),
    sectionName: optional(
      SectionName,
      "Part of the target: a Gateway's listener, a Service's port, a route's rule. Absent means all of it.",
    ),
  }),
  "Object in the policy's own namespace that the policy is for, or a part of it.",
);
export type LocalPolicyTargetReferenceWithSectionName = Infer<typeof LocalPolicyTargetReferenceWithSectionName>;

/** What a controller says about a policy at one of the objects it has an effect on. */
export const PolicyAncestorStatus = named(
  "PolicyAncestorStatus",
  object({
    ancestorRef: required(ParentReference, "The object that this is about, mostly a Gateway."),
    controllerName: required(GatewayController, "The controller that says so."),
    conditions: required(ObservedConditions, "What it observed."),
  }),
  "What a controller says about a policy at one of the objects it has an effect on.",
);
export type PolicyAncestorStatus = Infer<typeof PolicyAncestorStatus>;

/** State of a policy at each of the objects it has an effect on. */
export const PolicyStatus = named(
  "PolicyStatus",
  object({
    ancestors: required(
      listOf(PolicyAncestorStatus, { listType: "atomic", maxItems: 16 }),
      "One entry for each object and controller; the rest does not fit and is left out.",
    ),
  }),
  "State of a policy at each of the objects it has an effect on.",
);
export type PolicyStatus = Infer<typeof PolicyStatus>;
