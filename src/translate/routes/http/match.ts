/** `matches` of an HTTPRoute rule as Envoy's `RouteMatch`. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { HTTPPathMatch, HTTPRouteMatch } from "../../../api/gateway-api/http-match.ts";
import type {
  HeaderMatcherSchema,
  QueryParameterMatcherSchema,
  RouteMatchSchema,
} from "../../../gen/envoy/config/route/v3/route_components_pb.js";
import type { StringMatcherSchema } from "../../../gen/envoy/type/matcher/v3/string_pb.js";
import { re2Error } from "./re2.ts";
import type { RouteEntry, RuleProblem } from "./rule-input.ts";

type HeaderMatcher = MessageInitShape<typeof HeaderMatcherSchema>;
type QueryParameterMatcher = MessageInitShape<typeof QueryParameterMatcherSchema>;
type StringMatcher = MessageInitShape<typeof StringMatcherSchema>;

/** One match, with what its precedence is decided by. */
export interface Condition {
  readonly path: RouteEntry["path"];
  /** HTTP method the request must have; absent: every method. */
  readonly method: string | undefined;
  /** Headers besides the method. */
  readonly headers: readonly HeaderMatcher[];
  readonly queryParameters: readonly QueryParameterMatcher[];
}

/** The condition that a rule without matches has: every request. */
export const everyRequest: Condition = {
  path: { type: "prefix", value: "/" },
  method: undefined,
  headers: [],
  queryParameters: [],
};

/**
 * Translates one match. A match that Envoy could not hold (no RE2, no absolute path) gives `undefined` and a problem:
 * it matches nothing, for nobody can say what it should have matched.
 */
export function translateMatch(match: HTTPRouteMatch, field: string, problems: RuleProblem[]): Condition | undefined {
  const before = problems.length;
  const path = translatePath(match.path, `${field}.path`, problems);
  const headers = firstOfEach(match.headers ?? [], (header) => header.name.toLowerCase()).map(
    ({ entry, index }): HeaderMatcher => ({
      name: entry.name,
      headerMatchSpecifier: {
        case: "stringMatch",
        value: stringMatcher(entry, `${field}.headers[${index}].value`, problems),
      },
    }),
  );
  const queryParameters = firstOfEach(match.queryParams ?? [], (parameter) => parameter.name).map(
    ({ entry, index }): QueryParameterMatcher => ({
      name: entry.name,
      queryParameterMatchSpecifier: {
        case: "stringMatch",
        value: stringMatcher(entry, `${field}.queryParams[${index}].value`, problems),
      },
    }),
  );
  if (path === undefined || problems.length > before) return undefined;
  return { path, method: match.method, headers, queryParameters };
}

/** The condition as Envoy's message; the method is a condition on the pseudo-header `:method`. */
export function routeMatch(condition: Condition): MessageInitShape<typeof RouteMatchSchema> {
  const headers = [...condition.headers];
  if (condition.method !== undefined) headers.push(exactHeader(":method", condition.method));
  return {
    pathSpecifier: pathSpecifier(condition.path),
    headers,
    queryParameters: [...condition.queryParameters],
  };
}

/** A header (or pseudo-header) with exactly this value. */
export function exactHeader(name: string, value: string): HeaderMatcher {
  return {
    name,
    headerMatchSpecifier: { case: "stringMatch", value: { matchPattern: { case: "exact", value } } },
  };
}

function pathSpecifier(path: RouteEntry["path"]): MessageInitShape<typeof RouteMatchSchema>["pathSpecifier"] & object {
  switch (path.type) {
    case "exact":
      return { case: "path", value: path.value };
    case "regex":
      return { case: "safeRegex", value: { regex: path.value } };
    case "prefix":
      // Envoy's path-separated prefix needs a character besides the slash.
      return path.value === "/" ? { case: "prefix", value: "/" } : { case: "pathSeparatedPrefix", value: path.value };
  }
}

function translatePath(path: HTTPPathMatch, field: string, problems: RuleProblem[]): RouteEntry["path"] | undefined {
  if (path.type === "RegularExpression") {
    return checkRE2(path.value, `${field}.value`, problems) ? { type: "regex", value: path.value } : undefined;
  }
  if (!/^\/[^?#\s]*$/.test(path.value)) {
    problems.push(unsupported(`${field}.value`, "must be an absolute path without query, fragment and white space"));
    return undefined;
  }
  if (path.type === "Exact") return { type: "exact", value: path.value };
  // A trailing slash does not count in a prefix: /a/ matches what /a matches.
  return { type: "prefix", value: path.value.replace(/\/+$/, "") || "/" };
}

function stringMatcher(
  match: { readonly type: "Exact" | "RegularExpression"; readonly value: string },
  field: string,
  problems: RuleProblem[],
): StringMatcher {
  if (match.type === "Exact") return { matchPattern: { case: "exact", value: match.value } };
  checkRE2(match.value, field, problems);
  return { matchPattern: { case: "safeRegex", value: { regex: match.value } } };
}

function checkRE2(pattern: string, field: string, problems: RuleProblem[]): boolean {
  const error = pattern === "" ? "it is empty" : re2Error(pattern);
  if (error === undefined) return true;
  problems.push(unsupported(field, `is not a regular expression that RE2 knows: ${error}`));
  return false;
}

/** Of several conditions on the same name only the first counts. */
function firstOfEach<T>(entries: readonly T[], nameOf: (entry: T) => string): { entry: T; index: number }[] {
  const seen = new Set<string>();
  const first: { entry: T; index: number }[] = [];
  for (const [index, entry] of entries.entries()) {
    const name = nameOf(entry);
    if (!seen.has(name)) first.push({ entry, index });
    seen.add(name);
  }
  return first;
}

/** A problem with a value that the schema allows but Envoy cannot serve. */
export function unsupported(field: string, message: string): RuleProblem {
  return { condition: "Accepted", reason: "UnsupportedValue", field, message };
}
