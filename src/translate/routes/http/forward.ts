/** Forwarding to backends. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { protoDuration } from "../../../api/duration.ts";
import {
  RouteAction_ClusterNotFoundResponseCode as ClusterNotFound,
  type RetryPolicySchema,
  type RouteActionSchema,
  type WeightedCluster_ClusterWeightSchema,
} from "../../../gen/envoy/config/route/v3/route_components_pb.js";
import type { FilterEffects } from "./filters.ts";
import { headersToAdd } from "./header-changes.ts";
import { hostRewrite } from "./host-rewrite.ts";
import { mirrorPolicies } from "./mirror.ts";
import { fullPathRewrite, pathChange } from "./path-change.ts";
import type { RouteEntry, RuleInput } from "./rule-input.ts";
import type { Split, SplitBackend } from "./split.ts";
import type { Timeouts } from "./timeouts.ts";

/** Cluster of shares whose backend is invalid. It never exists: Envoy answers for it. */
export const INVALID_BACKEND_CLUSTER = "invalid-backend-cluster";

type RouteActionInit = MessageInitShape<typeof RouteActionSchema>;

/** What all routes of a rule that forward have in common. */
export interface ForwardOptions {
  readonly protocol: RuleInput["protocol"];
  readonly timeouts: Timeouts;
  readonly retry: MessageInitShape<typeof RetryPolicySchema> | undefined;
}

/** Envoy's action for a split with at least one valid backend. */
export function forwardAction(split: Split, path: RouteEntry["path"], options: ForwardOptions): RouteActionInit {
  const { effects } = split;
  const { request, idle } = options.timeouts;
  return {
    ...clusterOf(split, options),
    ...pathRewrite(effects, path),
    ...hostRewrite(effects.host),
    requestMirrorPolicies: mirrorPolicies(effects.mirrors),
    upgradeConfigs: options.protocol === "http" ? [{ upgradeType: "websocket" }] : [],
    ...(request === undefined ? {} : { timeout: protoDuration(request) }),
    ...(idle === undefined ? {} : { idleTimeout: protoDuration(idle) }),
    ...(options.retry === undefined ? {} : { retryPolicy: options.retry }),
  };
}

/**
 * Whether the backends of a split get different headers, so that these are changed per cluster and not on the route.
 */
export function hasHeadersPerBackend(split: Split): boolean {
  return split.backends.length > 1 && split.backends.some((backend) => backend.effects !== split.effects);
}

function clusterOf(
  split: Split,
  { protocol }: ForwardOptions,
): Pick<RouteActionInit, "clusterSpecifier" | "clusterNotFoundResponseCode"> {
  const [only, ...others] = split.backends;
  if (others.length === 0)
    return { clusterSpecifier: { case: "cluster", value: only?.cluster ?? INVALID_BACKEND_CLUSTER } };
  const perBackend = hasHeadersPerBackend(split);
  return {
    clusterSpecifier: {
      case: "weightedClusters",
      value: { clusters: split.backends.map((backend) => clusterWeight(backend, perBackend)) },
    },
    // Without this Envoy answers 503, which is UNAVAILABLE in gRPC.
    ...(protocol === "http" && split.backends.some((backend) => backend.cluster === undefined)
      ? { clusterNotFoundResponseCode: ClusterNotFound.INTERNAL_SERVER_ERROR }
      : {}),
  };
}

function clusterWeight(
  { cluster, weight, effects }: SplitBackend,
  perBackend: boolean,
): MessageInitShape<typeof WeightedCluster_ClusterWeightSchema> {
  return {
    name: cluster ?? INVALID_BACKEND_CLUSTER,
    weight,
    ...(perBackend
      ? {
          requestHeadersToAdd: headersToAdd(effects.request),
          requestHeadersToRemove: [...effects.request.remove],
          responseHeadersToAdd: headersToAdd(effects.response),
          responseHeadersToRemove: [...effects.response.remove],
        }
      : {}),
  };
}

function pathRewrite(
  effects: FilterEffects,
  path: RouteEntry["path"],
): Pick<RouteActionInit, "prefixRewrite" | "regexRewrite"> {
  const change = effects.path === undefined ? undefined : pathChange(effects.path.modifier, path);
  switch (change?.type) {
    case undefined:
      return {};
    case "full":
      return { regexRewrite: fullPathRewrite(change.path) };
    case "prefix":
      return { prefixRewrite: change.replacement };
    case "regex":
      return { regexRewrite: { pattern: { regex: change.pattern }, substitution: change.substitution } };
  }
}
