/** Retries of requests that failed. */
import { defaulted, type Infer, integer, listOf, named, object, oneOf, optional } from "../../../schema/builder.ts";
import { Duration } from "../../gateway-api/names.ts";
import { HTTPStatus } from "./http-status.ts";

/** When and how often a request is tried again. */
export const Retry = named(
  "Retry",
  object({
    numRetries: defaulted(integer({ format: "int32", minimum: 0 }), 2, "How often a request is tried again at most."),
    numAttemptsPerPriority: optional(
      integer({ format: "int32" }),
      "Attempts at endpoints of one priority before those of the next are used. Default: fallback backends get none before the others are unhealthy.",
    ),
    retryOn: optional(
      object({
        triggers: optional(
          listOf(
            oneOf(
              "5xx",
              "gateway-error",
              "reset",
              "reset-before-request",
              "connect-failure",
              "retriable-4xx",
              "refused-stream",
              "retriable-status-codes",
              "cancelled",
              "deadline-exceeded",
              "internal",
              "resource-exhausted",
              "unavailable",
            ),
          ),
          "Reasons, by Envoy's names.",
        ),
        httpStatusCodes: optional(listOf(HTTPStatus), "Status codes, for trigger `retriable-status-codes`."),
      }),
      "Reasons to try again. Default: failures before the backend saw the request, and answers 503.",
    ),
    perRetry: optional(
      object({
        timeout: optional(Duration, "Time limit of one attempt."),
        backOff: optional(
          object({
            baseInterval: optional(
              Duration,
              "Wait before the first retry; doubled for each further one. Default: 25ms.",
            ),
            maxInterval: optional(Duration, "Longest wait. Default: ten times `baseInterval`."),
          }),
          "Waits between attempts, chosen at random up to these lengths.",
        ),
      }),
      "For each attempt.",
    ),
  }),
  "When and how often a request is tried again.",
);
export type Retry = Infer<typeof Retry>;
