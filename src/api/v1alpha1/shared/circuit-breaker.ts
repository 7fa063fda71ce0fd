/** Circuit breakers: limits beyond which Envoy refuses work for a backend at once. */
import { defaulted, type Infer, integer, named, object, optional, required } from "../../../schema/builder.ts";
import { Fraction } from "../../gateway-api/http-filters.ts";

const Limit = integer({ format: "int64", minimum: 0, maximum: 4294967295 });

/** Limits for one backend cluster in one Envoy. */
export const CircuitBreaker = named(
  "CircuitBreaker",
  object({
    maxConnections: defaulted(Limit, 1024, "Connections open at once."),
    maxPendingRequests: defaulted(Limit, 1024, "Requests that wait for a connection."),
    maxParallelRequests: defaulted(Limit, 1024, "Requests under way at once."),
    maxParallelRetries: defaulted(Limit, 1024, "Retries under way at once."),
    maxRequestsPerConnection: optional(Limit, "Requests after which a connection is closed. Absent means no limit."),
    perEndpoint: optional(
      object({ maxConnections: defaulted(Limit, 1024, "Connections open to one endpoint at once.") }),
      "Limits for each endpoint.",
    ),
    retryBudget: optional(
      object({
        percent: required(Fraction, "Share of the requests under way that may be retries."),
        minRetryConcurrency: optional(
          integer({ format: "int32" }),
          "Retries that are always possible, however few requests there are. Default: 3.",
        ),
      }),
      "Limits retries by the number of requests, in place of `maxParallelRetries`.",
    ),
  }),
  "Limits for one backend cluster in one Envoy. What exceeds them is refused with 503.",
);
export type CircuitBreaker = Infer<typeof CircuitBreaker>;
