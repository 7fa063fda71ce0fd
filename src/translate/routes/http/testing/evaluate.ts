/** What Envoy does with routes, as simply as it can be said: the measure that matcher trees are held against. */
import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import {
  type HeaderMatcher,
  type Route,
  RouteListSchema,
  type RouteMatch,
} from "../../../../gen/envoy/config/route/v3/route_components_pb.js";
import type { StringMatcher } from "../../../../gen/envoy/type/matcher/v3/string_pb.js";
import { type Matcher_OnMatch, MatcherSchema } from "../../../../gen/xds/type/matcher/v3/matcher_pb.js";

export interface Request {
  readonly method: string;
  /** Path with its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Name of the first route of a list that matches. */
export function evaluateList(routes: readonly Route[], request: Request): string | undefined {
  return routes.find((route) => route.match !== undefined && matches(route.match, request))?.name;
}

/** A matcher tree, decoded. */
export interface Tree {
  readonly lists: ReadonlyMap<string, readonly Route[]>;
  readonly otherwise: readonly Route[];
}

export function decodeTree(bytes: Uint8Array): Tree {
  const { matcherType, onNoMatch } = fromBinary(MatcherSchema, bytes);
  const tree = matcherType.case === "matcherTree" ? matcherType.value.treeType : undefined;
  if (tree?.case !== "prefixMatchMap") throw new Error("no tree of prefixes");
  return {
    lists: new Map(Object.entries(tree.value.map).map(([key, found]) => [key, routesOf(found)])),
    otherwise: onNoMatch === undefined ? [] : routesOf(onNoMatch),
  };
}

/** Name of the route that a matcher tree leads to. */
export function evaluateTree(tree: Tree, request: Request): string | undefined {
  for (let length = request.path.length; length > 0; length--) {
    const list = tree.lists.get(request.path.slice(0, length));
    if (list !== undefined) return evaluateList(list, request);
  }
  return evaluateList(tree.otherwise, request);
}

function routesOf({ onMatch }: Matcher_OnMatch): readonly Route[] {
  const config = onMatch.case === "action" ? onMatch.value.typedConfig : undefined;
  const list = config && anyUnpack(config, RouteListSchema);
  if (list === undefined) throw new Error("no list of routes");
  return list.routes;
}

function matches(match: RouteMatch, request: Request): boolean {
  const path = request.path.replace(/[?#].*$/s, "");
  const query = new URLSearchParams(/\?([^#]*)/s.exec(request.path)?.[1] ?? "");
  return (
    pathMatches(match.pathSpecifier, path) &&
    match.headers.every((header) => headerMatches(header, request)) &&
    match.queryParameters.every(({ name, queryParameterMatchSpecifier: { case: type, value } }) => {
      const actual = query.get(name);
      return actual !== null && type === "stringMatch" && stringMatches(value, actual);
    })
  );
}

function pathMatches(specifier: RouteMatch["pathSpecifier"], path: string): boolean {
  switch (specifier.case) {
    case "path":
      return path === specifier.value;
    case "prefix":
      return path.startsWith(specifier.value);
    case "pathSeparatedPrefix":
      return path === specifier.value || path.startsWith(`${specifier.value}/`);
    case "safeRegex":
      return whole(specifier.value.regex).test(path);
    default:
      throw new Error(`unexpected path condition ${specifier.case}`);
  }
}

function headerMatches(
  { name, headerMatchSpecifier: { case: type, value } }: HeaderMatcher,
  request: Request,
): boolean {
  const actual = name === ":method" ? request.method : request.headers[name.toLowerCase()];
  if (type === "presentMatch") return (actual !== undefined) === value;
  return actual !== undefined && type === "stringMatch" && stringMatches(value, actual);
}

function stringMatches({ matchPattern }: StringMatcher, actual: string): boolean {
  if (matchPattern.case === "safeRegex") return whole(matchPattern.value.regex).test(actual);
  return matchPattern.case === "exact" && matchPattern.value === actual;
}

/** The tests' expressions mean the same to JavaScript. */
function whole(regex: string): RegExp {
  return new RegExp(`^(?:${regex})$`, "s");
}
