/** Which match wins when several match a request. */
import { type KubeObject, keyOf } from "../../../api/object.ts";
import type { Condition, MatchRank } from "./match.ts";

/** Place of an entry among those that its route makes. */
export interface Place {
  readonly ruleIndex: number;
  /** -1 for a rule without matches. */
  readonly matchIndex: number;
  /** Index of the entry among those of one match. */
  readonly part: number;
}

const PATH_CLASS = { exact: "0", regex: "1", prefix: "2" } as const;

/**
 * Key whose plain string order is the precedence of matches: the first one that matches a request takes it.
 *
 * Follows `HTTPRouteRule.matches` of the Gateway API: exact paths, then (the choice is the implementation's) regular
 * expressions, then prefixes; the longer path; a condition on the method; more header conditions; more query
 * conditions; more cookies, exact ones before expressions; the older route; its namespace and name; the order within it. A GRPCRoute's matches have a rank of their
 * own in the same order, so that both kinds can share a host.
 */
export function sortKey(condition: Condition, route: Pick<KubeObject, "metadata">, place: Place): string {
  const { type, path, method } = condition.rank ?? httpRank(condition);
  return [
    PATH_CLASS[type] +
      descending(path, 5) +
      descending(method, 4) +
      descending(condition.headers.length, 3) +
      descending(condition.queryParameters.length, 3) +
      cookieRank(condition),
    // A blank sorts before every character that names have, so that a name comes before its extensions.
    route.metadata.creationTimestamp ?? "",
    keyOf(route),
    ascending(place.ruleIndex) + ascending(place.matchIndex + 1) + ascending(place.part),
  ].join(" ");
}

/** More cookies first, and of as many the ones with more exact values. */
function cookieRank({ cookies = [] }: Condition): string {
  const exact = cookies.filter(({ stringMatch }) => stringMatch?.matchPattern?.case === "exact").length;
  return descending(cookies.length, 3) + descending(exact, 3);
}

function httpRank({ path, method }: Condition): MatchRank {
  return { type: path.type, path: path.value.length, method: method === undefined ? 0 : 1 };
}

function descending(count: number, digits: number): string {
  return String(10 ** digits - 1 - count).padStart(digits, "0");
}

function ascending(index: number): string {
  return String(index).padStart(4, "0");
}
