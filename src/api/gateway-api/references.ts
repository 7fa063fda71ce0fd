/** References from one object to another. */
import { defaulted, type Infer, integer, named, object, optional, required } from "../../schema/builder.ts";
import { rule } from "../../schema/rules.ts";
import { GATEWAY_API_GROUP, Group, Kind, Namespace, ObjectName, PortNumber, SectionName } from "./names.ts";

/** Object in the namespace of whoever refers to it. */
export const LocalObjectReference = named(
  "LocalObjectReference",
  object({
    group: required(Group, "API group of the object; empty for the core group."),
    kind: required(Kind, "Kind of the object."),
    name: required(ObjectName, "Name of the object."),
  }),
  "Object in the namespace of whoever refers to it.",
);
export type LocalObjectReference = Infer<typeof LocalObjectReference>;

/** Object in any namespace; another namespace than one's own has to agree through a ReferenceGrant. */
export const ObjectReference = named(
  "ObjectReference",
  object({
    group: required(Group, "API group of the object; empty for the core group."),
    kind: required(Kind, "Kind of the object."),
    name: required(ObjectName, "Name of the object."),
    namespace: optional(Namespace, "Namespace of the object; absent means that of the referring object."),
  }),
  "Object in any namespace; another namespace than one's own has to agree through a ReferenceGrant.",
);
export type ObjectReference = Infer<typeof ObjectReference>;

/** Secret, or an object that stands for one. */
export const SecretObjectReference = named(
  "SecretObjectReference",
  object({
    group: defaulted(Group, "", "API group of the object; empty for the core group."),
    kind: defaulted(Kind, "Secret", "Kind of the object."),
    name: required(ObjectName, "Name of the object."),
    namespace: optional(
      Namespace,
      "Namespace of the object; another than the referring object's needs a ReferenceGrant.",
    ),
  }),
  "Secret, or an object that stands for one.",
);
export type SecretObjectReference = Infer<typeof SecretObjectReference>;

/** Object with parameters of an implementation, such as an EnvoyProxy; cluster-wide unless a namespace is given. */
export const ParametersReference = named(
  "ParametersReference",
  object({
    group: required(Group, "API group of the object."),
    kind: required(Kind, "Kind of the object."),
    name: required(ObjectName, "Name of the object."),
    namespace: optional(Namespace, "Namespace of the object; required for kinds that live in one."),
  }),
  "Object with parameters of an implementation, such as an EnvoyProxy; cluster-wide unless a namespace is given.",
);
export type ParametersReference = Infer<typeof ParametersReference>;

/** Fields of a reference to a backend, for the types that add to them. */
export const backendObjectReferenceFields = {
  group: defaulted(Group, "", "API group of the backend; empty for the core group."),
  kind: defaulted(Kind, "Service", "Kind of the backend."),
  name: required(ObjectName, "Name of the backend."),
  namespace: optional(
    Namespace,
    "Namespace of the backend; another than the referring object's needs a ReferenceGrant.",
  ),
  port: optional(PortNumber, "Port of the Service, not of its pods. Required for a Service, optional for other kinds."),
};

/** What must hold for every reference to a backend. */
export const backendObjectReferenceRules = [
  rule(
    "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true",
    "Must have port for Service reference",
  ),
  rule(
    "(self.group == 'gateway.networking.x-k8s.io' && self.kind == 'XBackend') ? !has(self.port) : true",
    "Must not have port for Backend reference",
  ),
];

/** A backend: a Service with its port, or another kind that can take requests. */
export const BackendObjectReference = named(
  "BackendObjectReference",
  object(backendObjectReferenceFields, ...backendObjectReferenceRules),
  "A backend: a Service with its port, or another kind that can take requests.",
);
export type BackendObjectReference = Infer<typeof BackendObjectReference>;

/** Share of a backend among those of its rule. */
export const backendWeight = defaulted(
  integer({ format: "int32", minimum: 0, maximum: 1_000_000 }),
  1,
  "Share of the traffic, in relation to the sum of all weights of the rule. 0 means none.",
);

/** Backend with its share of the traffic. */
export const BackendRef = named(
  "BackendRef",
  object({ ...backendObjectReferenceFields, weight: backendWeight }, ...backendObjectReferenceRules),
  "Backend with its share of the traffic.",
);
export type BackendRef = Infer<typeof BackendRef>;

/** What a route is attached to: a Gateway or ListenerSet, all of it or those listeners that `sectionName` and `port` choose. */
export const ParentReference = named(
  "ParentReference",
  object({
    group: defaulted(Group, GATEWAY_API_GROUP, "API group of the parent."),
    kind: defaulted(Kind, "Gateway", "Kind of the parent: `Gateway` or `ListenerSet`."),
    name: required(ObjectName, "Name of the parent."),
    namespace: optional(Namespace, "Namespace of the parent; absent means the route's own."),
    port: optional(PortNumber, "Attaches to the listeners on this port only."),
    sectionName: optional(SectionName, "Attaches to the listener of this name only."),
  }),
  "What a route is attached to: a Gateway or ListenerSet, all of it or those listeners that `sectionName` and `port` choose.",
);
export type ParentReference = Infer<typeof ParentReference>;

/** The Gateway that a ListenerSet adds its listeners to. */
export const ParentGatewayReference = named(
  "ParentGatewayReference",
  object({
    group: defaulted(Group, GATEWAY_API_GROUP, "API group of the parent."),
    kind: defaulted(Kind, "Gateway", "Kind of the parent."),
    name: required(ObjectName, "Name of the Gateway."),
    namespace: optional(Namespace, "Namespace of the Gateway; absent means the ListenerSet's own."),
  }),
  "The Gateway that a ListenerSet adds its listeners to.",
);
export type ParentGatewayReference = Infer<typeof ParentGatewayReference>;
