/** `timeouts` of a rule. */

import { durationMs } from "../../../api/duration.ts";
import type { HTTPRouteTimeouts } from "../../../api/gateway-api/httproute.ts";
import { unsupported } from "./match.ts";
import type { RuleProblem } from "./rule-input.ts";

/** Timeouts of one route in milliseconds. 0 means no limit; absent means Envoy's default. */
export interface Timeouts {
  /** `RouteAction.timeout`: whole request, all attempts. */
  readonly request?: number;
  /** `RetryPolicy.per_try_timeout`: one attempt. */
  readonly attempt?: number;
  /** `RouteAction.idle_timeout`: longest silence. */
  readonly idle?: number;
}

const HOUR = 3_600_000;

/**
 * Follows `HTTPRouteTimeouts`. Without retries the one attempt is the whole request, so `backendRequest` is the
 * request's limit; with retries it limits each attempt, and without `request` nothing else ends the request. A limit
 * longer than Envoy's idle timeout (5 min) lifts that too: an hour at least, none if the request has no limit.
 */
export function translateTimeouts(
  timeouts: HTTPRouteTimeouts | undefined,
  isRetried: boolean,
  field: string,
  problems: RuleProblem[],
): Timeouts {
  if (timeouts === undefined) return {};
  const read = (name: "request" | "backendRequest"): number | undefined => {
    const text = timeouts[name];
    if (text === undefined) return undefined;
    const ms = durationMs(text);
    if (ms === undefined)
      problems.push(unsupported(`${field}.${name}`, "must be a duration such as `1m30s` or `500ms`"));
    return ms;
  };
  const whole = read("request");
  const attempt = read("backendRequest");
  const request = isRetried ? (whole ?? (attempt === undefined ? undefined : 0)) : shorter(whole, attempt);
  return {
    ...(request === undefined ? {} : { request, idle: request === 0 ? 0 : Math.max(HOUR, request) }),
    ...(isRetried && attempt !== undefined && attempt > 0 ? { attempt } : {}),
  };
}

/** The shorter of two limits, where 0 means none. */
function shorter(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a === 0 || b === 0 ? Math.max(a, b) : Math.min(a, b);
}
