/** HTTPRoute: which HTTP requests go where, and what happens to them on the way. */
import {
  defaulted,
  type Infer,
  integer,
  listOf,
  named,
  object,
  oneOf,
  optional,
  required,
} from "../../schema/builder.ts";
import { AGE, column, type InferKind, type InferKindInput, kind } from "../../schema/kind.ts";
import { rule } from "../../schema/rules.ts";
import type { Rule } from "../../schema/structural.ts";
import { HTTPExternalAuthFilter } from "./external-auth.ts";
import { filterUnion, notRepeated } from "./filter-rules.ts";
import {
  HTTPCORSFilter,
  HTTPHeaderFilter,
  HTTPRequestMirrorFilter,
  HTTPRequestRedirectFilter,
  HTTPURLRewriteFilter,
} from "./http-filters.ts";
import { HTTPRouteMatch } from "./http-match.ts";
import { Duration, GATEWAY_API_GROUP, SectionName } from "./names.ts";
import {
  backendObjectReferenceFields,
  backendObjectReferenceRules,
  backendWeight,
  LocalObjectReference,
} from "./references.ts";
import { atMost128Matches, commonRouteFields, RouteStatus, routeHostnames, uniqueRuleNames } from "./route.ts";
import { SessionPersistence } from "./session-persistence.ts";

/** One step of what happens to a request or its answer. */
export const HTTPRouteFilter = named(
  "HTTPRouteFilter",
  object(
    {
      type: required(
        oneOf(
          "RequestHeaderModifier",
          "ResponseHeaderModifier",
          "RequestMirror",
          "RequestRedirect",
          "URLRewrite",
          "ExtensionRef",
          "CORS",
          "ExternalAuth",
        ),
        "What the filter does; names the field with its options.",
      ),
      requestHeaderModifier: optional(HTTPHeaderFilter, "Changes headers of the request."),
      responseHeaderModifier: optional(HTTPHeaderFilter, "Changes headers of the answer."),
      requestMirror: optional(
        HTTPRequestMirrorFilter,
        "Copies requests to a further backend. May be used several times.",
      ),
      requestRedirect: optional(HTTPRequestRedirectFilter, "Answers with a redirection instead of asking a backend."),
      urlRewrite: optional(HTTPURLRewriteFilter, "Changes host and path of the request."),
      cors: optional(HTTPCORSFilter, "Lets scripts of other origins read the answers."),
      externalAuth: optional(HTTPExternalAuthFilter, "Has another service decide whether the request may pass."),
      extensionRef: optional(LocalObjectReference, "A filter of this gateway's own, such as an HTTPRouteFilter."),
    },
    ...filterUnion({
      CORS: "cors",
      RequestHeaderModifier: "requestHeaderModifier",
      ResponseHeaderModifier: "responseHeaderModifier",
      RequestMirror: "requestMirror",
      RequestRedirect: "requestRedirect",
      URLRewrite: "urlRewrite",
      ExtensionRef: "extensionRef",
      ExternalAuth: "externalAuth",
    }),
  ),
  "One step of what happens to a request or its answer.",
);
export type HTTPRouteFilter = Infer<typeof HTTPRouteFilter>;

const Filters = listOf(
  HTTPRouteFilter,
  { listType: "atomic", maxItems: 16 },
  rule(
    "!(self.exists(f, f.type == 'RequestRedirect') && self.exists(f, f.type == 'URLRewrite'))",
    "May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both",
  ),
  ...notRepeated("CORS", "RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect", "URLRewrite"),
);

/** Backend with its share of the requests and filters of its own. */
export const HTTPBackendRef = named(
  "HTTPBackendRef",
  object(
    {
      ...backendObjectReferenceFields,
      weight: backendWeight,
      filters: optional(Filters, "Filters for requests that go to this backend only."),
    },
    ...backendObjectReferenceRules,
  ),
  "Backend with its share of the requests and filters of its own.",
);
export type HTTPBackendRef = Infer<typeof HTTPBackendRef>;

/** How long requests may take. */
export const HTTPRouteTimeouts = named(
  "HTTPRouteTimeouts",
  object(
    {
      request: optional(
        Duration,
        "For the whole request until the whole answer, all attempts included. `0s` means no limit.",
      ),
      backendRequest: optional(Duration, "For one attempt at one backend. `0s` means no limit."),
    },
    rule(
      "!(has(self.request) && has(self.backendRequest) && duration(self.request) != duration('0s') && duration(self.backendRequest) > duration(self.request))",
      "backendRequest timeout cannot be longer than request timeout",
    ),
  ),
  "How long requests may take.",
);
export type HTTPRouteTimeouts = Infer<typeof HTTPRouteTimeouts>;

/** When a request is tried again. */
export const HTTPRouteRetry = named(
  "HTTPRouteRetry",
  object({
    codes: optional(
      listOf(integer({ minimum: 400, maximum: 599 }), { listType: "set" }),
      "Status codes of the backend that are a reason to try again. Connection errors always are.",
    ),
    attempts: defaulted(integer({ minimum: 0 }), 1, "How often a request is tried again."),
    backoff: optional(Duration, "Least time between two attempts."),
  }),
  "When a request is tried again.",
);
export type HTTPRouteRetry = Infer<typeof HTTPRouteRetry>;

/** A redirect or rewrite of the matched prefix needs to know the prefix: the rule has exactly one match, by prefix. */
function replacesPrefix(prefix: string, filter: string, exists: string): Rule {
  return rule(
    `(${exists}) ? ((size(self.matches) != 1 || !has(self.matches[0].path) || self.matches[0].path.type != 'PathPrefix') ? false : true) : true`,
    `${prefix}hen using ${filter} filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified`,
  );
}

function existsReplacement(field: string): string {
  return `exists_one(f, has(f.${field}) && has(f.${field}.path) && f.${field}.path.type == 'ReplacePrefixMatch' && has(f.${field}.path.replacePrefixMatch))`;
}

function inRule(field: string): string {
  return `has(self.filters) && self.filters.${existsReplacement(field)}`;
}

function inBackends(field: string): string {
  return `has(self.backendRefs) && self.backendRefs.exists_one(b, (has(b.filters) && b.filters.${existsReplacement(field)}) )`;
}

/** Requests that match, and what is done with them. */
export const HTTPRouteRule = named(
  "HTTPRouteRule",
  object(
    {
      name: optional(SectionName, "Name by which policies and status refer to the rule."),
      matches: defaulted(
        listOf(HTTPRouteMatch, { listType: "atomic", maxItems: 64 }),
        [{ path: { type: "PathPrefix", value: "/" } }],
        "A request must meet one of these. The most specific match over all rules and routes wins.",
      ),
      filters: optional(Filters, "What happens to requests and answers of the rule."),
      backendRefs: optional(
        listOf(HTTPBackendRef, { listType: "atomic", maxItems: 16 }),
        "Where requests go, shared out by weight. Without any, and without a redirection, the answer is 500.",
      ),
      timeouts: optional(HTTPRouteTimeouts, "How long requests may take."),
      retry: optional(HTTPRouteRetry, "When a request is tried again."),
      sessionPersistence: optional(
        SessionPersistence,
        "Keeps a client at the backend endpoint that took its first request.",
      ),
    },
    rule(
      "(has(self.backendRefs) && size(self.backendRefs) > 0) ? (!has(self.filters) || self.filters.all(f, !has(f.requestRedirect))): true",
      "RequestRedirect filter must not be used together with backendRefs",
    ),
    replacesPrefix("W", "RequestRedirect", inRule("requestRedirect")),
    replacesPrefix("W", "URLRewrite", inRule("urlRewrite")),
    replacesPrefix("Within backendRefs, w", "RequestRedirect", inBackends("requestRedirect")),
    replacesPrefix("Within backendRefs, W", "URLRewrite", inBackends("urlRewrite")),
  ),
  "Requests that match, and what is done with them.",
);
export type HTTPRouteRule = Infer<typeof HTTPRouteRule>;

/** What an HTTPRoute wants. */
export const HTTPRouteSpec = named(
  "HTTPRouteSpec",
  object({
    ...commonRouteFields,
    hostnames: routeHostnames,
    rules: defaulted(
      listOf(
        HTTPRouteRule,
        { listType: "atomic", minItems: 1, maxItems: 16 },
        uniqueRuleNames,
        atMost128Matches((index) => `self[${index}].matches.size()`),
      ),
      [{ matches: [{ path: { type: "PathPrefix", value: "/" } }] }],
      "Rules, each with its matches and what is done with the requests.",
    ),
  }),
  "What an HTTPRoute wants.",
);
export type HTTPRouteSpec = Infer<typeof HTTPRouteSpec>;

/** Sends HTTP requests of some hostnames to backends. */
export const HTTPRoute = kind("HTTPRoute", {
  group: GATEWAY_API_GROUP,
  versions: ["v1", "v1beta1"],
  categories: ["gateway-api"],
  columns: [column("Hostnames", ".spec.hostnames"), AGE],
  spec: HTTPRouteSpec,
  status: RouteStatus,
  doc: "Sends HTTP requests of some hostnames to backends.",
});
export type HTTPRoute = InferKind<typeof HTTPRoute>;
export type HTTPRouteInput = InferKindInput<typeof HTTPRoute>;
