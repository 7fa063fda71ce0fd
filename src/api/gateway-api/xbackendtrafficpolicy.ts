/** XBackendTrafficPolicy: how traffic to Services is handled, whatever route it comes from. Experimental (GEP-3388, GEP-1619). */
import {
  defaulted,
  type Infer,
  integer,
  listOf,
  named,
  object,
  optional,
  required,
  string,
} from "../../schema/builder.ts";
import { AGE, type InferKind, type InferKindInput, kind } from "../../schema/kind.ts";
import { rule } from "../../schema/rules.ts";
import { DURATION_PATTERN } from "./names.ts";
import { LocalPolicyTargetReference, PolicyStatus } from "./policy.ts";
import { SessionPersistence } from "./session-persistence.ts";

/** API group of kinds that may still change in any way. */
export const EXPERIMENTAL_GROUP = "gateway.networking.x-k8s.io";

/** When requests may be retried, seen over all traffic to a backend. */
export const RetryConstraint = named(
  "RetryConstraint",
  object({
    budget: defaulted(
      object({
        percent: defaulted(
          integer({ minimum: 0, maximum: 100 }),
          20,
          "Share of the active requests that may be retries, in percent.",
        ),
        interval: defaulted(
          string(
            { pattern: DURATION_PATTERN },
            rule(
              "!(duration(self) < duration('1s') || duration(self) > duration('1h'))",
              "interval cannot be greater than one hour or less than one second",
            ),
          ),
          "10s",
          "Time over which requests count as active. Envoy counts those in flight, so it has no effect.",
        ),
      }),
      { percent: 20, interval: "10s" },
      "Largest share of retries.",
    ),
    minRetryRate: defaulted(
      object({
        count: optional(integer({ minimum: 1, maximum: 1_000_000 }), "Number of retries."),
        interval: optional(
          string(
            { pattern: DURATION_PATTERN },
            rule(
              "!(duration(self) == duration('0s') || duration(self) > duration('1h'))",
              "interval cannot be greater than one hour",
            ),
          ),
          "Time in which there may be so many.",
        ),
      }),
      { count: 10, interval: "1s" },
      "Retries that are always allowed. Envoy takes the rate as the number that may be in flight, one second each.",
    ),
  }),
  "When requests may be retried, seen over all traffic to a backend.",
);
export type RetryConstraint = Infer<typeof RetryConstraint>;

/** What an XBackendTrafficPolicy wants. */
export const XBackendTrafficPolicySpec = named(
  "XBackendTrafficPolicySpec",
  object({
    targetRefs: required(
      listOf(LocalPolicyTargetReference, {
        listType: "map",
        listMapKeys: ["group", "kind", "name"],
        minItems: 1,
        maxItems: 16,
      }),
      "Services, ServiceImports and Backends whose traffic is handled so.",
    ),
    retryConstraint: optional(RetryConstraint, "When requests may be retried."),
    sessionPersistence: optional(
      SessionPersistence,
      "How sessions are kept, for rules that say nothing about it and send requests to this backend only.",
    ),
  }),
  "What an XBackendTrafficPolicy wants.",
);
export type XBackendTrafficPolicySpec = Infer<typeof XBackendTrafficPolicySpec>;

/** Says how traffic to Services is handled, whatever route it comes from. */
export const XBackendTrafficPolicy = kind("XBackendTrafficPolicy", {
  group: EXPERIMENTAL_GROUP,
  versions: ["v1alpha1"],
  plural: "xbackendtrafficpolicies",
  shortNames: ["xbtrafficpolicy"],
  categories: ["gateway-api"],
  columns: [AGE],
  spec: XBackendTrafficPolicySpec,
  status: PolicyStatus,
  doc: "Says how traffic to Services is handled, whatever route it comes from.",
});
export type XBackendTrafficPolicy = InferKind<typeof XBackendTrafficPolicy>;
export type XBackendTrafficPolicyInput = InferKindInput<typeof XBackendTrafficPolicy>;
