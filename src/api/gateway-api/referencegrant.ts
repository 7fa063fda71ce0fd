/** ReferenceGrant: lets objects of other namespaces refer to objects of this one. */
import { type Infer, listOf, named, object, optional, required } from "../../schema/builder.ts";
import { AGE, type InferKind, type InferKindInput, kind } from "../../schema/kind.ts";
import { GATEWAY_API_GROUP, Group, Kind, Namespace, ObjectName } from "./names.ts";

/** Objects that may refer to this namespace. */
export const ReferenceGrantFrom = named(
  "ReferenceGrantFrom",
  object({
    group: required(Group, "API group of the referring objects."),
    kind: required(Kind, "Kind of the referring objects."),
    namespace: required(Namespace, "Namespace of the referring objects."),
  }),
  "Objects that may refer to this namespace.",
);
export type ReferenceGrantFrom = Infer<typeof ReferenceGrantFrom>;

/** Objects of this namespace that may be referred to. */
export const ReferenceGrantTo = named(
  "ReferenceGrantTo",
  object({
    group: required(Group, "API group of the objects; empty for the core group."),
    kind: required(Kind, "Kind of the objects."),
    name: optional(ObjectName, "Name of the object. Absent means all objects of the kind."),
  }),
  "Objects of this namespace that may be referred to.",
);
export type ReferenceGrantTo = Infer<typeof ReferenceGrantTo>;

/** Which references a ReferenceGrant allows. */
export const ReferenceGrantSpec = named(
  "ReferenceGrantSpec",
  object({
    from: required(listOf(ReferenceGrantFrom, { listType: "atomic", minItems: 1, maxItems: 16 }), "Who may refer."),
    to: required(
      listOf(ReferenceGrantTo, { listType: "atomic", minItems: 1, maxItems: 16 }),
      "What may be referred to.",
    ),
  }),
  "Which references a ReferenceGrant allows: each of `from` may refer to each of `to`.",
);
export type ReferenceGrantSpec = Infer<typeof ReferenceGrantSpec>;

/** Lets objects of other namespaces refer to objects of its own namespace. */
export const ReferenceGrant = kind("ReferenceGrant", {
  group: GATEWAY_API_GROUP,
  versions: ["v1", { name: "v1beta1", storage: true }],
  shortNames: ["refgrant"],
  categories: ["gateway-api"],
  columns: [AGE],
  spec: ReferenceGrantSpec,
  doc: "Lets objects of other namespaces refer to objects of its own namespace.",
});
export type ReferenceGrant = InferKind<typeof ReferenceGrant>;
export type ReferenceGrantInput = InferKindInput<typeof ReferenceGrant>;
