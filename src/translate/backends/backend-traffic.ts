import { durationMs } from "../../api/duration.ts";
import type { SessionPersistence } from "../../api/gateway-api/session-persistence.ts";
import type { RetryConstraint, XBackendTrafficPolicy } from "../../api/gateway-api/xbackendtrafficpolicy.ts";
import { compareAge, type ObjectKey, objectKey } from "../../api/object.ts";
import type { Context, Graph, Index } from "../../engine/index.ts";
import type { ObjectCollections } from "../objects.ts";
import { isPolicyTarget } from "./policy-targets.ts";

/** Which share of a cluster's requests may be retries. Follows `CircuitBreakers.Thresholds.RetryBudget`. */
export interface RetryBudget {
  /** Percent of the requests in flight. */
  readonly percent: number;
  /** Retries in flight that are always allowed. */
  readonly minConcurrency: number;
}

/** What an XBackendTrafficPolicy says about traffic to a backend. */
export interface BackendTraffic {
  readonly retryBudget?: RetryBudget;
  /** For rules that say nothing about sessions. */
  readonly session?: SessionPersistence;
}

/** XBackendTrafficPolicies by what they are for. */
export interface BackendTrafficPolicies {
  /** By `<kind>/<namespace>/<name>`; the oldest of an entry's list is in force. */
  readonly byTarget: Index<XBackendTrafficPolicy>;
  /** What is in force for a Service, ServiceImport or Backend. */
  resolve(ctx: Context, kind: string, object: ObjectKey): BackendTraffic | undefined;
}

/** Adds XBackendTrafficPolicies to the graph. */
export function createBackendTraffic(graph: Graph, objects: ObjectCollections): BackendTrafficPolicies {
  const byTarget = graph.index({
    name: "backendTrafficPoliciesByTarget",
    from: objects.of("XBackendTrafficPolicy"),
    keys: ({ metadata, spec }) =>
      spec.targetRefs.filter(isPolicyTarget).map(({ kind, name }) => `${kind}/${objectKey(metadata.namespace, name)}`),
  });
  return {
    byTarget,
    resolve(ctx, kind, object) {
      const policy = oldest(ctx, byTarget, `${kind}/${object}`);
      if (!policy) return undefined;
      const { retryConstraint, sessionPersistence } = policy.spec;
      return {
        ...(retryConstraint ? { retryBudget: retryBudget(retryConstraint) } : {}),
        ...(sessionPersistence ? { session: sessionPersistence } : {}),
      };
    },
  };
}

/** The policy in force for a target. */
export function oldest(
  ctx: Context,
  byTarget: Index<XBackendTrafficPolicy>,
  target: string,
): XBackendTrafficPolicy | undefined {
  const all = ctx.lookup(byTarget, target).map(({ value }) => value);
  return [...all].sort(compareAge)[0];
}

/** Envoy counts what is in flight and knows no rates: so many retries a second are as many in flight, if each takes a second. */
function retryBudget({ budget, minRetryRate }: RetryConstraint): RetryBudget {
  const seconds = (durationMs(minRetryRate?.interval) ?? 1_000) / 1_000;
  return {
    percent: budget?.percent ?? 20,
    minConcurrency: Math.ceil((minRetryRate?.count ?? 10) / Math.max(seconds, 0.001)),
  };
}
