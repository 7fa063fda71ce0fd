/** `matches` of a GRPCRoute rule: a call's service and method are the two segments of its path. */
import type { GRPCMethodMatch, GRPCRouteMatch } from "../../../api/gateway-api/grpcroute.ts";
import { type Condition, checkRE2, headerMatchers, type MatchRank } from "../http/match.ts";
import { quoteRE2 } from "../http/re2.ts";
import type { RouteEntry, RuleProblem } from "../http/rule-input.ts";

/** Names that protobuf allows for a service with its package, and for a method. */
const anyService = "[.]?[A-Za-z_][A-Za-z_0-9]*(?:[.][A-Za-z_][A-Za-z_0-9]*)*";
const anyMethod = "[A-Za-z_][A-Za-z_0-9]*";

/** Every call: what a rule without matches takes. */
const everyCall: CallPath = { path: { type: "prefix", value: "/" }, rank: { type: "prefix", path: 1, method: 0 } };

type CallPath = Pick<Condition, "path"> & { readonly rank: MatchRank };

/**
 * Translates one match. A match that Envoy could not hold (no RE2) gives `undefined` and a problem: it matches nothing,
 * for nobody can say what it should have matched.
 *
 * Follows `GRPCRouteRule.matches`: the more characters of the service decide, then those of the method, then the number
 * of headers. Service and method both given exactly come first, since nothing is more specific.
 */
export function translateGrpcMatch(
  match: GRPCRouteMatch,
  field: string,
  problems: RuleProblem[],
): Condition | undefined {
  const before = problems.length;
  const call = match.method === undefined ? everyCall : callPath(match.method, `${field}.method`, problems);
  const headers = headerMatchers(match.headers ?? [], `${field}.headers`, problems);
  if (problems.length > before) return undefined;
  return { ...call, method: undefined, headers, queryParameters: [] };
}

function callPath({ type, service = "", method = "" }: GRPCMethodMatch, field: string, problems: RuleProblem[]) {
  const isExact = type === "Exact";
  if (service === "" && method === "") return everyCall;
  if (!isExact && service !== "") checkRE2(service, `${field}.service`, problems);
  if (!isExact && method !== "") checkRE2(method, `${field}.method`, problems);
  const rank = { type: "prefix", path: 1 + service.length, method: method.length } as const;
  return {
    path: isExact ? exactPath(service, method) : regexPath(service, method),
    rank: withExactness(rank, isExact),
  };
}

function withExactness(rank: MatchRank, isExact: boolean): MatchRank {
  const isWhole = isExact && rank.path > 1 && rank.method > 0;
  return isWhole ? { ...rank, type: "exact", path: rank.path + 1 + rank.method } : rank;
}

function exactPath(service: string, method: string): RouteEntry["path"] {
  if (method === "") return { type: "prefix", value: `/${service}` };
  if (service !== "") return { type: "exact", value: `/${service}/${method}` };
  return { type: "regex", value: `/${anyService}/${quoteRE2(method)}` };
}

function regexPath(service: string, method: string): RouteEntry["path"] {
  return { type: "regex", value: `/${grouped(service) || anyService}/${grouped(method) || anyMethod}` };
}

/** An alternative or a flag must not reach over the slash; plain expressions stay as they were written. */
function grouped(expression: string): string {
  return /[|(]/.test(expression) ? `(?:${expression})` : expression;
}
