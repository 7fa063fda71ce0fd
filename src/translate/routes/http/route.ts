/** One Envoy route. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import { RouteSchema } from "../../../gen/envoy/config/route/v3/route_components_pb.js";

import { directResponse } from "./direct-response.ts";
import { type FilterEffects, isAnswered } from "./filters.ts";
import { type ForwardOptions, forwardAction, hasHeadersPerBackend } from "./forward.ts";
import { headersToAdd } from "./header-changes.ts";
import { type Condition, routeMatch } from "./match.ts";
import { copiesAnything } from "./mirror.ts";
import { redirectAction } from "./redirect.ts";
import type { RouteEntry } from "./rule-input.ts";
import { millionths } from "./share.ts";
import type { Split } from "./split.ts";

type RouteInit = MessageInitShape<typeof RouteSchema>;

/**
 * The route that takes the requests of `condition` that `split` says, with the clusters it refers to.
 *
 * It answers 500 if it is refused, as it is told to, or 500 (gRPC: UNAVAILABLE) if no backend is valid, else redirects or forwards.
 */
export function buildRoute(
  condition: Condition,
  split: Split,
  perFilter: Readonly<Record<string, Any>>,
  options: ForwardOptions,
): Pick<RouteEntry, "route" | "clusters"> {
  const { effects, below } = split;
  const match = routeMatch(condition);
  if (below !== undefined) match.runtimeFraction = millionths(below.numerator, below.denominator);
  if (effects.isRefused) {
    const route = create(RouteSchema, { match, action: answer(500), typedPerFilterConfig: {} });
    return { route, clusters: [] };
  }
  const isForwarding = !isAnswered(effects) && split.backends.some((backend) => backend.cluster !== undefined);
  const route = create(RouteSchema, {
    match,
    action: isForwarding
      ? { case: "route", value: forwardAction(split, condition.path, options) }
      : ownAnswer(effects, condition, options),
    ...(hasHeadersPerBackend(split) ? {} : headerChanges(split)),
    typedPerFilterConfig: { ...perFilter },
  });
  return { route, clusters: isForwarding ? clustersOf(split) : authCluster(split) };
}

function ownAnswer(
  { redirect, directResponse: direct }: FilterEffects,
  { path }: Condition,
  { protocol }: ForwardOptions,
): NonNullable<RouteInit["action"]> {
  if (direct !== undefined) return { case: "directResponse", value: directResponse(direct) };
  if (redirect !== undefined) return { case: "redirect", value: redirectAction(redirect.filter, path) };
  return answer(protocol === "http" ? 500 : 503);
}

function answer(status: number): NonNullable<RouteInit["action"]> {
  return { case: "directResponse", value: { status } };
}

type HeaderFields =
  | "requestHeadersToAdd"
  | "requestHeadersToRemove"
  | "responseHeadersToAdd"
  | "responseHeadersToRemove";

function headerChanges({ effects: { request, response } }: Split): Pick<RouteInit, HeaderFields> {
  return {
    requestHeadersToAdd: headersToAdd(request),
    requestHeadersToRemove: [...request.remove],
    responseHeadersToAdd: headersToAdd(response),
    responseHeadersToRemove: [...response.remove],
  };
}

function clustersOf(split: Split): string[] {
  const clusters = new Set<string>(authCluster(split));
  for (const { cluster } of split.backends) if (cluster !== undefined) clusters.add(cluster);
  for (const mirror of split.effects.mirrors) if (copiesAnything(mirror)) clusters.add(mirror.cluster);
  return [...clusters].sort();
}

function authCluster({ effects }: Split): string[] {
  return effects.externalAuth === undefined ? [] : [effects.externalAuth.cluster];
}
