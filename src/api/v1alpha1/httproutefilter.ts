/** HTTPRouteFilter: filters of this gateway's own, which HTTPRoutes refer to by `extensionRef`. */
import {
  also,
  boolean,
  defaulted,
  type Infer,
  integer,
  listOf,
  named,
  object,
  oneOf,
  optional,
  required,
  string,
} from "../../schema/builder.ts";
import { AGE, type InferKind, type InferKindInput, kind } from "../../schema/kind.ts";
import { rule, unionRules } from "../../schema/rules.ts";
import { LocalObjectReference, SecretObjectReference } from "../gateway-api/references.ts";
import { ENVOY_GATEWAY_CATEGORY, ENVOY_GATEWAY_GROUP } from "./shared/group.ts";
import { EnvoyHTTPHeaderFilter } from "./shared/http-header.ts";
import { fieldOfType } from "./shared/union.ts";

/** Changes host and path in ways the Gateway API does not know. */
export const EnvoyHTTPURLRewriteFilter = named(
  "EnvoyHTTPURLRewriteFilter",
  object({
    hostname: optional(
      object(
        {
          type: required(
            oneOf("Header", "Backend", "PathRegex"),
            "Where the new host comes from: a header of the request, the name of the chosen endpoint, or the path.",
          ),
          header: optional(string(), "Name of the header, for type `Header`."),
          pathRegex: optional(
            object({
              pattern: required(string({ minLength: 1 }), "RE2 expression that is looked for in the path."),
              substitution: required(
                string({ minLength: 1, pattern: "^[^\\r\\n\\x00]*$" }),
                "The host; `\\1` stands for what the first group of the expression found.",
              ),
            }),
            "How the host is made, for type `PathRegex`.",
          ),
        },
        ...unionRules(
          { Header: "header", PathRegex: "pathRegex" },
          {
            mustBeAbsent: (field, type) => `${field} is for type ${type} only`,
            mustBePresent: (field, type) => `${field} must be given for type ${type}`,
          },
        ),
      ),
      "The new host.",
    ),
    path: optional(
      object(
        {
          type: required(oneOf("ReplaceRegexMatch"), "How the new path is made."),
          replaceRegexMatch: optional(
            object({
              pattern: required(
                string({ minLength: 1 }),
                "RE2 expression; everything it finds in the path is replaced.",
              ),
              substitution: required(string(), "What takes its place; `\\1` stands for what the first group found."),
            }),
            "The replacement.",
          ),
        },
        fieldOfType("ReplaceRegexMatch", "replaceRegexMatch"),
      ),
      "The new path.",
    ),
    appendXForwardedHost: optional(boolean(), "Whether the former host is kept in X-Forwarded-Host. Default: true."),
  }),
  "Changes host and path in ways the Gateway API does not know.",
);
export type EnvoyHTTPURLRewriteFilter = Infer<typeof EnvoyHTTPURLRewriteFilter>;

/** A body that is made up: written here, or kept in a ConfigMap. */
export const CustomResponseBody = named(
  "CustomResponseBody",
  object(
    {
      type: defaulted(oneOf("Inline", "ValueRef"), "Inline", "Where the body is.", { required: true }),
      inline: optional(string(), "The body."),
      valueRef: optional(LocalObjectReference, "ConfigMap with the key `response.body`, or with one key only."),
    },
    rule(
      "(!has(self.type) || self.type == 'Inline')? has(self.inline) : true",
      "inline must be given for type Inline, the default",
    ),
    rule(
      "(has(self.type) && self.type == 'ValueRef')? has(self.valueRef) : true",
      "valueRef must be given for type ValueRef",
    ),
    rule("has(self.valueRef) ? self.valueRef.kind == 'ConfigMap' : true", "valueRef must be a ConfigMap"),
  ),
  "A body that is made up: written here, or kept in a ConfigMap.",
);
export type CustomResponseBody = Infer<typeof CustomResponseBody>;

/** Answers without asking a backend. */
export const HTTPDirectResponseFilter = named(
  "HTTPDirectResponseFilter",
  object({
    statusCode: optional(integer(), "Status code. Default: 200."),
    contentType: optional(string(), "Content-Type of the answer."),
    body: optional(CustomResponseBody, "Body of the answer."),
    header: optional(
      also(
        EnvoyHTTPHeaderFilter,
        rule("!has(self.remove) || size(self.remove) == 0", "header can set and add, but has nothing to remove from"),
      ),
      "Headers of the answer.",
    ),
  }),
  "Answers without asking a backend.",
);
export type HTTPDirectResponseFilter = Infer<typeof HTTPDirectResponseFilter>;

/** Puts a credential into requests for the backend. */
export const HTTPCredentialInjectionFilter = named(
  "HTTPCredentialInjectionFilter",
  object({
    header: optional(string(), "Name of the header. Default: Authorization."),
    overwrite: optional(
      boolean(),
      "Whether a header of that name that the client sent is replaced. Default: false, the request is left alone.",
    ),
    credential: required(
      object({
        valueRef: required(SecretObjectReference, "Secret with the key `credential`: the header's whole value."),
      }),
      "The credential.",
    ),
  }),
  "Puts a credential into requests for the backend.",
);
export type HTTPCredentialInjectionFilter = Infer<typeof HTTPCredentialInjectionFilter>;

/** A further condition on requests. */
export const HTTPRouteMatchFilter = named(
  "HTTPRouteMatchFilter",
  object(
    {
      cookies: optional(
        listOf(
          object({
            type: defaulted(
              oneOf("Exact", "RegularExpression"),
              "Exact",
              "Whether `value` is the value itself or an RE2 expression for the whole of it.",
            ),
            name: required(string({ minLength: 1, maxLength: 256 }), "Name of the cookie; the case matters."),
            value: required(string({ minLength: 1, maxLength: 4096 }), "The value, or the expression."),
          }),
          { minItems: 1, maxItems: 16 },
        ),
        "Cookies, all of which must match.",
      ),
    },
    { minProperties: 1 },
  ),
  "A further condition on requests.",
);
export type HTTPRouteMatchFilter = Infer<typeof HTTPRouteMatchFilter>;

/** What an HTTPRouteFilter does. */
export const HTTPRouteFilterSpec = named(
  "HTTPRouteFilterSpec",
  object({
    matches: optional(
      listOf(HTTPRouteMatchFilter, { maxItems: 8 }),
      "A request must also meet one of these to match the rule.",
    ),
    urlRewrite: optional(EnvoyHTTPURLRewriteFilter, "Changes host and path of the request."),
    directResponse: optional(HTTPDirectResponseFilter, "Answers without asking a backend."),
    credentialInjection: optional(HTTPCredentialInjectionFilter, "Puts a credential into the request."),
  }),
  "What an HTTPRouteFilter does.",
);
export type HTTPRouteFilterSpec = Infer<typeof HTTPRouteFilterSpec>;

/** Filters of this gateway's own, which HTTPRoutes refer to by `extensionRef`. Named so as not to be taken for the Gateway API's type. */
export const EnvoyHTTPRouteFilter = kind("HTTPRouteFilter", {
  typeName: "EnvoyHTTPRouteFilter",
  group: ENVOY_GATEWAY_GROUP,
  versions: ["v1alpha1"],
  shortNames: ["hrf"],
  categories: [ENVOY_GATEWAY_CATEGORY],
  columns: [AGE],
  spec: HTTPRouteFilterSpec,
  doc: "Filters of this gateway's own, which HTTPRoutes refer to by `extensionRef`.",
});
export type EnvoyHTTPRouteFilter = InferKind<typeof EnvoyHTTPRouteFilter>;
export type EnvoyHTTPRouteFilterInput = InferKindInput<typeof EnvoyHTTPRouteFilter>;
