/** What HTTP rules, and some gRPC rules, do to requests and responses. */
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
  type Schema,
  string,
} from "../../schema/builder.ts";
import { rule } from "../../schema/rules.ts";
import { HTTPHeaderName, HTTPHeaderValue, PortNumber, PreciseHostname } from "./names.ts";
import { BackendObjectReference } from "./references.ts";

/** A header with its value. */
export const HTTPHeader = named(
  "HTTPHeader",
  object({
    name: required(HTTPHeaderName, "Name of the header; the case does not matter."),
    value: required(HTTPHeaderValue, "Value of the header."),
  }),
  "A header with its value.",
);
export type HTTPHeader = Infer<typeof HTTPHeader>;

/** Changes to headers: `set` replaces, `add` appends, `remove` takes away. */
export const HTTPHeaderFilter = named(
  "HTTPHeaderFilter",
  object({
    set: optional(
      listOf(HTTPHeader, { listType: "map", listMapKeys: ["name"], maxItems: 16 }),
      "Headers that replace those of the same name.",
    ),
    add: optional(
      listOf(HTTPHeader, { listType: "map", listMapKeys: ["name"], maxItems: 16 }),
      "Headers that come on top of those of the same name.",
    ),
    remove: optional(listOf(string(), { listType: "set", maxItems: 16 }), "Names of headers that are taken away."),
  }),
  "Changes to headers: `set` replaces, `add` appends, `remove` takes away.",
);
export type HTTPHeaderFilter = Infer<typeof HTTPHeaderFilter>;

/** A share as numerator and denominator. */
export const Fraction = named(
  "Fraction",
  object(
    {
      numerator: required(integer({ format: "int32", minimum: 0 }), "Number of parts."),
      denominator: defaulted(integer({ format: "int32", minimum: 1 }), 100, "Number of all parts."),
    },
    rule("self.numerator <= self.denominator", "numerator must be less than or equal to denominator"),
  ),
  "A share as numerator and denominator.",
);
export type Fraction = Infer<typeof Fraction>;

/** Sends a copy of requests to a further backend, whose answers are thrown away. */
export const HTTPRequestMirrorFilter = named(
  "HTTPRequestMirrorFilter",
  object(
    {
      backendRef: required(BackendObjectReference, "The backend that gets the copies."),
      percent: optional(
        integer({ format: "int32", minimum: 0, maximum: 100 }),
        "Share of requests that is copied. Default: all.",
      ),
      fraction: optional(Fraction, "Share of requests that is copied, where whole percents are too coarse."),
    },
    rule(
      "!(has(self.percent) && has(self.fraction))",
      "Only one of percent or fraction may be specified in HTTPRequestMirrorFilter",
    ),
  ),
  "Sends a copy of requests to a further backend, whose answers are thrown away.",
);
export type HTTPRequestMirrorFilter = Infer<typeof HTTPRequestMirrorFilter>;

/** A new path: all of it, or its matched prefix. */
export const HTTPPathModifier = named(
  "HTTPPathModifier",
  object(
    {
      type: required(oneOf("ReplaceFullPath", "ReplacePrefixMatch"), "Which part of the path is replaced."),
      replaceFullPath: optional(string({ maxLength: 1024 }), "Takes the place of the whole path; the query stays."),
      replacePrefixMatch: optional(
        string({ maxLength: 1024 }),
        "Takes the place of the prefix that the rule's only match names.",
      ),
    },
    ...["replaceFullPath", "replacePrefixMatch"].flatMap((field) => {
      const type = field.replace("r", "R");
      return [
        rule(
          `self.type == '${type}' ? has(self.${field}) : true`,
          `${field} must be specified when type is set to '${type}'`,
        ),
        rule(`has(self.${field}) ? self.type == '${type}' : true`, `type must be '${type}' when ${field} is set`),
      ];
    }),
  ),
  "A new path: all of it, or its matched prefix.",
);
export type HTTPPathModifier = Infer<typeof HTTPPathModifier>;

/** Status codes that redirect. */
export const RedirectStatusCode: Schema<301 | 302 | 303 | 307 | 308, 301 | 302 | 303 | 307 | 308> = {
  type: "integer",
  enum: [301, 302, 303, 307, 308],
};

/** Answers with a redirection; what is not given stays as in the request. */
export const HTTPRequestRedirectFilter = named(
  "HTTPRequestRedirectFilter",
  object({
    scheme: optional(oneOf("http", "https"), "Scheme of the new location."),
    hostname: optional(PreciseHostname, "Host of the new location."),
    path: optional(HTTPPathModifier, "Path of the new location."),
    port: optional(
      PortNumber,
      "Port of the new location. Absent means the well-known port of `scheme` if that is given, else the listener's port.",
    ),
    statusCode: defaulted(RedirectStatusCode, 302, "Status code of the answer."),
  }),
  "Answers with a redirection; what is not given stays as in the request.",
);
export type HTTPRequestRedirectFilter = Infer<typeof HTTPRequestRedirectFilter>;

/** Changes what the backend gets to see as host and path. */
export const HTTPURLRewriteFilter = named(
  "HTTPURLRewriteFilter",
  object({
    hostname: optional(PreciseHostname, "Takes the place of the Host header."),
    path: optional(HTTPPathModifier, "Takes the place of the path."),
  }),
  "Changes what the backend gets to see as host and path.",
);
export type HTTPURLRewriteFilter = Infer<typeof HTTPURLRewriteFilter>;

const HeaderNameOrStar = listOf(HTTPHeaderName, { listType: "set", maxItems: 64 });
const starAlone = (field: string, others: string) =>
  rule("!('*' in self && self.size() > 1)", `${field} cannot contain '*' alongside other ${others}`);

/** Cross-origin resource sharing: answers preflight requests and marks answers for the origins that may read them. */
export const HTTPCORSFilter = named(
  "HTTPCORSFilter",
  object({
    allowOrigins: optional(
      listOf(
        string({
          minLength: 1,
          maxLength: 253,
          pattern: "(^\\*$)|(^(http(s)?):\\/\\/(((\\*\\.)?([a-zA-Z0-9\\-]+\\.)*[a-zA-Z0-9-]+|\\*)(:([0-9]{1,5}))?)$)",
        }),
        { listType: "set", maxItems: 64 },
        starAlone("AllowOrigins", "origins"),
      ),
      "Origins that may read answers: scheme, host (the first label may be `*`) and port, or `*` for all.",
    ),
    allowCredentials: optional(
      boolean(),
      "Whether requests may carry cookies and other credentials. Default: they may not.",
    ),
    allowMethods: optional(
      listOf(
        oneOf("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "*"),
        { listType: "set", maxItems: 9 },
        starAlone("AllowMethods", "methods"),
      ),
      "Methods that may be used besides the simple ones; `*` for all.",
    ),
    allowHeaders: optional(
      also(HeaderNameOrStar, starAlone("AllowHeaders", "methods")),
      "Headers that requests may carry; `*` for all.",
    ),
    exposeHeaders: optional(HeaderNameOrStar, "Headers of answers that scripts may read; `*` for all."),
    maxAge: defaulted(
      integer({ format: "int32", minimum: 1 }),
      5,
      "How long browsers may keep the answer to a preflight request, in seconds.",
    ),
  }),
  "Cross-origin resource sharing: answers preflight requests and marks answers for the origins that may read them.",
);
export type HTTPCORSFilter = Infer<typeof HTTPCORSFilter>;
