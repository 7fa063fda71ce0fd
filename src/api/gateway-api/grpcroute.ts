/** GRPCRoute: which gRPC calls go where, and what happens to them on the way. */
import {
  defaulted,
  type Infer,
  listOf,
  named,
  object,
  oneOf,
  optional,
  required,
  string,
} from "../../schema/builder.ts";
import { AGE, column, type InferKind, type InferKindInput, kind } from "../../schema/kind.ts";
import { rule } from "../../schema/rules.ts";
import { filterUnion, notRepeated } from "./filter-rules.ts";
import { HTTPHeaderFilter, HTTPRequestMirrorFilter } from "./http-filters.ts";
import { GATEWAY_API_GROUP, HTTPHeaderName, SectionName } from "./names.ts";
import {
  backendObjectReferenceFields,
  backendObjectReferenceRules,
  backendWeight,
  LocalObjectReference,
} from "./references.ts";
import { atMost128Matches, commonRouteFields, RouteStatus, routeHostnames, uniqueRuleNames } from "./route.ts";
import { SessionPersistence } from "./session-persistence.ts";

const exactOrRegex = oneOf("Exact", "RegularExpression");

function exactName(field: string, pattern: string) {
  return rule(
    `(!has(self.type) || self.type == 'Exact') && has(self.${field}) ? self.${field}.matches(r"""${pattern}"""): true`,
    `${field} must only contain valid characters (matching ${pattern})`,
  );
}

/** Service and method of a call. At least one of them is given. */
export const GRPCMethodMatch = named(
  "GRPCMethodMatch",
  object(
    {
      type: defaulted(exactOrRegex, "Exact", "Whether the names stand for themselves or are RE2 expressions."),
      service: optional(string({ maxLength: 1024 }), "Name of the service with its package. Absent means any."),
      method: optional(string({ maxLength: 1024 }), "Name of the method. Absent means any."),
    },
    rule(
      "has(self.type) ? has(self.service) || has(self.method) : true",
      "One or both of 'service' or 'method' must be specified",
    ),
    exactName("service", "^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$"),
    exactName("method", "^[A-Za-z_][A-Za-z_0-9]*$"),
  ),
  "Service and method of a call. At least one of them is given.",
);
export type GRPCMethodMatch = Infer<typeof GRPCMethodMatch>;

/** A header (metadata) a call must have. */
export const GRPCHeaderMatch = named(
  "GRPCHeaderMatch",
  object({
    type: defaulted(
      exactOrRegex,
      "Exact",
      "Whether `value` is the value itself or an RE2 expression for the whole of it.",
    ),
    name: required(HTTPHeaderName, "Name of the header; the case does not matter."),
    value: required(string({ minLength: 1, maxLength: 4096 }), "The value, or the expression."),
  }),
  "A header (metadata) a call must have.",
);
export type GRPCHeaderMatch = Infer<typeof GRPCHeaderMatch>;

/** Conditions that a call must meet all together. */
export const GRPCRouteMatch = named(
  "GRPCRouteMatch",
  object({
    method: optional(GRPCMethodMatch, "Service and method of the call. Absent means any."),
    headers: optional(
      listOf(GRPCHeaderMatch, { listType: "map", listMapKeys: ["name"], maxItems: 16 }),
      "Headers, all of which must match.",
    ),
  }),
  "Conditions that a call must meet all together.",
);
export type GRPCRouteMatch = Infer<typeof GRPCRouteMatch>;

/** One step of what happens to a call or its answer. */
export const GRPCRouteFilter = named(
  "GRPCRouteFilter",
  object(
    {
      type: required(
        oneOf("ResponseHeaderModifier", "RequestHeaderModifier", "RequestMirror", "ExtensionRef"),
        "What the filter does; names the field with its options.",
      ),
      requestHeaderModifier: optional(HTTPHeaderFilter, "Changes headers of the call."),
      responseHeaderModifier: optional(HTTPHeaderFilter, "Changes headers of the answer."),
      requestMirror: optional(HTTPRequestMirrorFilter, "Copies calls to a further backend. May be used several times."),
      extensionRef: optional(LocalObjectReference, "A filter of this gateway's own."),
    },
    ...filterUnion({
      RequestHeaderModifier: "requestHeaderModifier",
      ResponseHeaderModifier: "responseHeaderModifier",
      RequestMirror: "requestMirror",
      ExtensionRef: "extensionRef",
    }),
  ),
  "One step of what happens to a call or its answer.",
);
export type GRPCRouteFilter = Infer<typeof GRPCRouteFilter>;

const Filters = listOf(
  GRPCRouteFilter,
  { listType: "atomic", maxItems: 16 },
  ...notRepeated("RequestHeaderModifier", "ResponseHeaderModifier"),
);

/** Backend with its share of the calls and filters of its own. */
export const GRPCBackendRef = named(
  "GRPCBackendRef",
  object(
    {
      ...backendObjectReferenceFields,
      weight: backendWeight,
      filters: optional(Filters, "Filters for calls that go to this backend only."),
    },
    ...backendObjectReferenceRules,
  ),
  "Backend with its share of the calls and filters of its own.",
);
export type GRPCBackendRef = Infer<typeof GRPCBackendRef>;

/** Calls that match, and what is done with them. */
export const GRPCRouteRule = named(
  "GRPCRouteRule",
  object({
    name: optional(SectionName, "Name by which policies and status refer to the rule."),
    matches: optional(
      listOf(GRPCRouteMatch, { listType: "atomic", maxItems: 64 }),
      "A call must meet one of these. Absent means every call. The most specific match over all rules and routes wins.",
    ),
    filters: optional(Filters, "What happens to calls and answers of the rule."),
    backendRefs: optional(
      listOf(GRPCBackendRef, { listType: "atomic", maxItems: 16 }),
      "Where calls go, shared out by weight. Without any, the answer is `UNAVAILABLE`.",
    ),
    sessionPersistence: optional(
      SessionPersistence,
      "Keeps a client at the backend endpoint that took its first call.",
    ),
  }),
  "Calls that match, and what is done with them.",
);
export type GRPCRouteRule = Infer<typeof GRPCRouteRule>;

/** What a GRPCRoute wants. */
export const GRPCRouteSpec = named(
  "GRPCRouteSpec",
  object({
    ...commonRouteFields,
    hostnames: routeHostnames,
    rules: optional(
      listOf(
        GRPCRouteRule,
        { listType: "atomic", maxItems: 16 },
        uniqueRuleNames,
        atMost128Matches((index) => `(has(self[${index}].matches) ? self[${index}].matches.size() : 0)`),
      ),
      "Rules, each with its matches and what is done with the calls.",
    ),
  }),
  "What a GRPCRoute wants.",
);
export type GRPCRouteSpec = Infer<typeof GRPCRouteSpec>;

/** Sends gRPC calls of some hostnames to backends. */
export const GRPCRoute = kind("GRPCRoute", {
  group: GATEWAY_API_GROUP,
  versions: ["v1"],
  aliases: ["v1alpha2"],
  categories: ["gateway-api"],
  columns: [column("Hostnames", ".spec.hostnames"), AGE],
  spec: GRPCRouteSpec,
  status: RouteStatus,
  doc: "Sends gRPC calls of some hostnames to backends.",
});
export type GRPCRoute = InferKind<typeof GRPCRoute>;
export type GRPCRouteInput = InferKindInput<typeof GRPCRoute>;
