/** `matches` of a rule as Envoy's `RouteMatch`: the parts that all kinds have in common, and those of HTTPRoute. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { HTTPPathMatch, HTTPRouteMatch } from "../../../api/gateway-api/http-match.ts";
import { compareText } from "../../../api/object.ts";
import type {
  CookieMatcherSchema,
  HeaderMatcherSchema,
  QueryParameterMatcherSchema,
  RouteMatchSchema,
} from "../../../gen/envoy/config/route/v3/route_components_pb.js";
import type { StringMatcherSchema } from "../../../gen/envoy/type/matcher/v3/string_pb.js";
import type { CookieCondition } from "./extension-filter.ts";
import { re2Error } from "./re2.ts";
import type { RouteEntry, RuleProblem } from "./rule-input.ts";

type HeaderMatcher = MessageInitShape<typeof HeaderMatcherSchema>;
type QueryParameterMatcher = MessageInitShape<typeof QueryParameterMatcherSchema>;
type CookieMatcher = MessageInitShape<typeof CookieMatcherSchema>;
type StringMatcher = MessageInitShape<typeof StringMatcherSchema>;

/** One match, with what its precedence is decided by. */
export interface Condition {
  readonly path: RouteEntry["path"];
  /** HTTP method the request must have; absent: every method. */
  readonly method: string | undefined;
  /** Headers besides the method. */
  readonly headers: readonly HeaderMatcher[];
  readonly queryParameters: readonly QueryParameterMatcher[];
  readonly cookies?: readonly CookieMatcher[];
  /** What gives the match its rank where that is not the path and the method of HTTP. */
  readonly rank?: MatchRank;
}

/** Rank of a match among others, before headers and query parameters are looked at. */
export interface MatchRank {
  /** Exact paths come first, then regular expressions, then the rest. */
  readonly type: RouteEntry["path"]["type"];
  /** Characters of the path that counts. */
  readonly path: number;
  /** Characters of the method that counts; 0: all methods. */
  readonly method: number;
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
  const headers = headerMatchers(match.headers ?? [], `${field}.headers`, problems);
  const queryParameters = firstOfEach(match.queryParams ?? [], (parameter) => parameter.name).map(
    ({ name, entry, index }): QueryParameterMatcher => ({
      name,
      queryParameterMatchSpecifier: {
        case: "stringMatch",
        value: stringMatcher(entry, `${field}.queryParams[${index}].value`, problems),
      },
    }),
  );
  if (path === undefined || problems.length > before) return undefined;
  return { path, method: match.method, headers, queryParameters };
}

/** Conditions on headers by name; of several on one name the first counts. */
export function headerMatchers(
  headers: readonly NameMatch[],
  field: string,
  problems: RuleProblem[],
): readonly HeaderMatcher[] {
  return firstOfEach(headers, (header) => header.name.toLowerCase()).map(({ name, entry, index }) => ({
    name,
    headerMatchSpecifier: {
      case: "stringMatch",
      value: stringMatcher(entry, `${field}[${index}].value`, problems),
    },
  }));
}

/** A condition on something that has a name and a value. */
interface NameMatch {
  readonly type: "Exact" | "RegularExpression";
  readonly name: string;
  readonly value: string;
}

/** The condition as Envoy's message; the method is a condition on the pseudo-header `:method`. */
export function routeMatch(condition: Condition): MessageInitShape<typeof RouteMatchSchema> {
  const headers = [...condition.headers];
  if (condition.method !== undefined) headers.push(exactHeader(":method", condition.method));
  return {
    pathSpecifier: pathSpecifier(condition.path),
    headers,
    queryParameters: [...condition.queryParameters],
    cookies: [...(condition.cookies ?? [])],
  };
}

/** The condition with those on cookies besides; `undefined`, with a problem, for an expression that Envoy could not hold. */
export function withCookies(
  condition: Condition,
  cookies: readonly CookieCondition[],
  field: string,
  problems: RuleProblem[],
): Condition | undefined {
  const before = problems.length;
  const matchers = cookies.map(
    (cookie): CookieMatcher => ({ name: cookie.name, stringMatch: stringMatcher(cookie, field, problems) }),
  );
  return problems.length > before ? undefined : { ...condition, cookies: matchers };
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

/** Reports an expression that Envoy could not hold. */
export function checkRE2(pattern: string, field: string, problems: RuleProblem[]): boolean {
  const error = pattern === "" ? "it is empty" : re2Error(pattern);
  if (error === undefined) return true;
  problems.push(unsupported(field, `is not a regular expression that RE2 knows: ${error}`));
  return false;
}

/** Of several conditions on the same name only the first counts. They come sorted: conditions that are equal are equal bytes. */
function firstOfEach<T>(entries: readonly T[], nameOf: (entry: T) => string): Named<T>[] {
  const first = new Map<string, Named<T>>();
  for (const [index, entry] of entries.entries()) {
    const name = nameOf(entry);
    if (!first.has(name)) first.set(name, { name, entry, index });
  }
  return [...first.values()].sort((a, b) => compareText(a.name, b.name));
}

interface Named<T> {
  readonly name: string;
  readonly entry: T;
  /** Place among the conditions as they were written. */
  readonly index: number;
}

/** A problem with a value that the schema allows but Envoy cannot serve. */
export function unsupported(field: string, message: string): RuleProblem {
  return { condition: "Accepted", reason: "UnsupportedValue", field, message };
}
