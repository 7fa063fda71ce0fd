/** `retry` of a rule. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { durationMs, protoDuration } from "../../../api/duration.ts";
import type { HTTPRouteRetry } from "../../../api/gateway-api/httproute.ts";
import type { RetryPolicySchema } from "../../../gen/envoy/config/route/v3/route_components_pb.js";
import { PreviousHostsPredicateSchema } from "../../../gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb.js";
import { unsupported } from "./match.ts";
import type { RuleProblem } from "./rule-input.ts";

/** Failures after which the backend cannot have acted on the request. */
const UNPROCESSED = ["connect-failure", "refused-stream", "reset-before-request", "unavailable"];

/** How often another endpoint is looked for when the one chosen has failed already. */
const HOST_SELECTION_ATTEMPTS = 5n;

/** Whether a request of the rule may be sent more than once. */
export function isRetried(retry: HTTPRouteRetry | undefined): retry is HTTPRouteRetry {
  return retry !== undefined && retry.attempts > 0;
}

/**
 * Envoy's retry policy; `undefined` without retries.
 *
 * Follows `HTTPRouteRetry`: failed connections and refusals are always tried again, status codes only if listed,
 * preferably at another endpoint. A reset after the request was sent is not (the backend may have acted on it),
 * unless there is a `backendRequest` timeout: whoever limits attempts wants the next one after it, and Envoy counts
 * that timeout as a reset.
 */
export function retryPolicy(
  retry: HTTPRouteRetry | undefined,
  attemptTimeoutMs: number | undefined,
  field: string,
  problems: RuleProblem[],
): MessageInitShape<typeof RetryPolicySchema> | undefined {
  if (!isRetried(retry)) return undefined;
  const codes = [...new Set(retry.codes ?? [])].sort((a, b) => a - b);
  const conditions = [
    ...UNPROCESSED,
    ...(attemptTimeoutMs === undefined ? [] : ["reset"]),
    ...(codes.length > 0 ? ["retriable-status-codes"] : []),
  ];
  const backoff = durationMs(retry.backoff);
  if (retry.backoff !== undefined && backoff === undefined) {
    problems.push(unsupported(`${field}.backoff`, "must be a duration such as `100ms`"));
  }
  return {
    retryOn: conditions.join(","),
    retriableStatusCodes: codes,
    numRetries: retry.attempts,
    retryHostPredicate: [previousHosts()],
    hostSelectionRetryMaxAttempts: HOST_SELECTION_ATTEMPTS,
    ...(attemptTimeoutMs === undefined ? {} : { perTryTimeout: protoDuration(attemptTimeoutMs) }),
    // Envoy wants more than nothing, and doubles the wait up to ten times this.
    ...(backoff === undefined ? {} : { retryBackOff: { baseInterval: protoDuration(Math.max(1, backoff)) } }),
  };
}

function previousHosts(): NonNullable<MessageInitShape<typeof RetryPolicySchema>["retryHostPredicate"]>[number] {
  return {
    name: "envoy.retry_host_predicates.previous_hosts",
    configType: {
      case: "typedConfig",
      value: anyPack(PreviousHostsPredicateSchema, create(PreviousHostsPredicateSchema)),
    },
  };
}
