/** CORS filter of a rule. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import type { HTTPCORSFilter } from "../../../api/gateway-api/http-filters.ts";
import { CorsPolicySchema } from "../../../gen/envoy/extensions/filters/http/cors/v3/cors_pb.js";
import type { StringMatcherSchema } from "../../../gen/envoy/type/matcher/v3/string_pb.js";
import { type Condition, exactHeader } from "./match.ts";
import { quoteRE2 } from "./re2.ts";

/** Name of the HTTP filter that answers preflight requests; it does nothing on routes without a policy. */
export const CORS_FILTER = "envoy.filters.http.cors";

const WELL_KNOWN_PORT = { "http:": ":80", "https:": ":443" } as const;

/**
 * The policy for the route.
 *
 * Follows `HTTPCORSFilter`. With credentials, `*` must not be answered as `*`: Envoy then repeats what the request
 * asks for; exposed headers are not asked for, so `*` there is left out.
 */
export function corsPolicy(filter: HTTPCORSFilter): Any {
  const withCredentials = filter.allowCredentials === true;
  const exposed = filter.exposeHeaders ?? [];
  return anyPack(
    CorsPolicySchema,
    create(CorsPolicySchema, {
      allowOriginStringMatch: (filter.allowOrigins ?? []).map(originMatcher),
      allowMethods: list(filter.allowMethods ?? []),
      allowHeaders: list(filter.allowHeaders ?? []),
      exposeHeaders: withCredentials && exposed.includes("*") ? "" : list(exposed),
      maxAge: String(filter.maxAge),
      allowCredentials: withCredentials,
      forwardNotMatchingPreflights: false,
    }),
  );
}

/**
 * The condition for preflight requests of a match that names a method: a browser asks with OPTIONS whether it may use
 * the method, and the rule that would take the request is the one that knows. `undefined` where the match takes them
 * itself.
 */
export function preflightCondition(condition: Condition): Condition | undefined {
  const { method } = condition;
  if (method === undefined || method === "OPTIONS") return undefined;
  return {
    ...condition,
    method: "OPTIONS",
    headers: [
      ...condition.headers,
      { name: "origin", headerMatchSpecifier: { case: "presentMatch", value: true } },
      exactHeader("access-control-request-method", method),
    ],
  };
}

function list(names: readonly string[]): string {
  return names.includes("*") ? "*" : names.join(", ");
}

/** An origin is scheme, host and port; browsers write hosts in lower case and leave well-known ports out. */
function originMatcher(origin: string): MessageInitShape<typeof StringMatcherSchema> {
  const lower = origin.toLowerCase();
  if (lower === "*") return { matchPattern: { case: "safeRegex", value: { regex: ".*" } } };
  const [, scheme = "", host = "", port = ""] = /^(https?:)\/\/(.*?)(:[0-9]+)?$/.exec(lower) ?? [];
  const visiblePort = WELL_KNOWN_PORT[scheme as keyof typeof WELL_KNOWN_PORT] === port ? "" : port;
  if (!host.includes("*")) return { matchPattern: { case: "exact", value: `${scheme}//${host}${visiblePort}` } };
  // `*` stands for any labels to its left, and alone for any host, an IPv6 address included.
  const hosts = host === "*" ? "(\\[[0-9a-f:.]+\\]|[^:/?#@]+)" : host.split("*").map(quoteRE2).join("[^:/?#@]+");
  return { matchPattern: { case: "safeRegex", value: { regex: `${scheme}//${hosts}${visiblePort}` } } };
}
