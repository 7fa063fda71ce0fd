/** Conditions on requests that HTTP rules have. */
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
import { rule } from "../../schema/rules.ts";
import type { Rule } from "../../schema/structural.ts";
import { HTTPHeaderName, HTTPHeaderValue, HTTPMethod } from "./names.ts";

const PATH_CHARACTERS = "^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$";

function plainPath(condition: string, message: string): Rule {
  return rule(`(self.type in ['Exact','PathPrefix']) ? ${condition} : true`, message);
}

/** How the request's path must look. */
export const HTTPPathMatch = named(
  "HTTPPathMatch",
  object(
    {
      type: defaulted(
        oneOf("Exact", "PathPrefix", "RegularExpression"),
        "PathPrefix",
        "`Exact`: the whole path; `PathPrefix`: its first segments; `RegularExpression`: the whole path by an RE2 expression.",
      ),
      value: defaulted(string({ maxLength: 1024 }), "/", "The path, the prefix, or the expression."),
    },
    plainPath(
      "self.value.startsWith('/')",
      "value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']",
    ),
    ...["//", "/./", "/../", "%2f", "%2F", "#"].map((part) =>
      plainPath(
        `!self.value.contains('${part}')`,
        `must not contain '${part}' when type one of ['Exact', 'PathPrefix']`,
      ),
    ),
    ...["/..", "/."].map((end) =>
      plainPath(
        `!self.value.endsWith('${end}')`,
        `must not end with '${end}' when type one of ['Exact', 'PathPrefix']`,
      ),
    ),
    rule(
      "self.type in ['Exact','PathPrefix'] || self.type == 'RegularExpression'",
      "type must be one of ['Exact', 'PathPrefix', 'RegularExpression']",
    ),
    plainPath(
      `self.value.matches(r"""${PATH_CHARACTERS}""")`,
      `must only contain valid characters (matching ${PATH_CHARACTERS}) for types ['Exact', 'PathPrefix']`,
    ),
  ),
  "How the request's path must look.",
);
export type HTTPPathMatch = Infer<typeof HTTPPathMatch>;

const exactOrRegex = oneOf("Exact", "RegularExpression");

/** A header the request must have. */
export const HTTPHeaderMatch = named(
  "HTTPHeaderMatch",
  object({
    type: defaulted(
      exactOrRegex,
      "Exact",
      "Whether `value` is the value itself or an RE2 expression for the whole of it.",
    ),
    name: required(HTTPHeaderName, "Name of the header; the case does not matter."),
    value: required(HTTPHeaderValue, "The value, or the expression."),
  }),
  "A header the request must have.",
);
export type HTTPHeaderMatch = Infer<typeof HTTPHeaderMatch>;

/** A query parameter the request must have. */
export const HTTPQueryParamMatch = named(
  "HTTPQueryParamMatch",
  object({
    type: defaulted(
      exactOrRegex,
      "Exact",
      "Whether `value` is the value itself or an RE2 expression for the whole of it.",
    ),
    name: required(HTTPHeaderName, "Name of the parameter; the case matters."),
    value: required(string({ minLength: 1, maxLength: 1024 }), "The value, or the expression."),
  }),
  "A query parameter the request must have.",
);
export type HTTPQueryParamMatch = Infer<typeof HTTPQueryParamMatch>;

/** Conditions that a request must meet all together. */
export const HTTPRouteMatch = named(
  "HTTPRouteMatch",
  object({
    path: defaulted(HTTPPathMatch, { type: "PathPrefix", value: "/" }, "The request's path, without the query."),
    headers: optional(
      listOf(HTTPHeaderMatch, { listType: "map", listMapKeys: ["name"], maxItems: 16 }),
      "Headers, all of which must match.",
    ),
    queryParams: optional(
      listOf(HTTPQueryParamMatch, { listType: "map", listMapKeys: ["name"], maxItems: 16 }),
      "Query parameters, all of which must match.",
    ),
    method: optional(HTTPMethod, "The request's method."),
  }),
  "Conditions that a request must meet all together.",
);
export type HTTPRouteMatch = Infer<typeof HTTPRouteMatch>;
