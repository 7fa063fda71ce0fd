/** The service that counts requests for all proxies together (global rate limiting). */
import {
  boolean,
  defaulted,
  type Infer,
  integer,
  named,
  object,
  oneOf,
  optional,
  required,
  string,
} from "../../../schema/builder.ts";
import { rule } from "../../../schema/rules.ts";
import { Duration } from "../../gateway-api/names.ts";
import { SecretObjectReference } from "../../gateway-api/references.ts";

/** A value of a Secret (Kubernetes `SecretKeySelector`). */
const SecretKeySelector = object({
  name: required(string(), "Name of the Secret, in the control plane's namespace."),
  key: required(string(), "Key of the value."),
  optional: optional(boolean(), "Must not be true."),
});

/** A Redis database. */
export const RateLimitRedisSettings = named(
  "RateLimitRedisSettings",
  object(
    {
      url: optional(string(), "Address of the database, or several with commas between."),
      urlRef: optional(
        object(
          { secretKeyRef: required(SecretKeySelector, "Value of a Secret.") },
          rule(
            "!has(self.secretKeyRef.optional) || !self.secretKeyRef.optional",
            "secretKeyRef cannot be optional: the service does not start without the address",
          ),
        ),
        "Where the address is kept.",
      ),
      tls: optional(
        object({
          certificateRef: optional(SecretObjectReference, "Secret with the certificate that the database is shown."),
        }),
        "TLS to the database.",
      ),
    },
    rule("has(self.url) != has(self.urlRef)", "either url or urlRef must be given, and not both"),
  ),
  "A Redis database.",
);
export type RateLimitRedisSettings = Infer<typeof RateLimitRedisSettings>;

/** The service that counts requests for all proxies together. */
export const RateLimit = named(
  "RateLimit",
  object({
    backend: required(
      object(
        {
          type: required(oneOf("Redis"), "Kind of the database."),
          redis: optional(RateLimitRedisSettings, "A Redis database."),
        },
        rule("self.type != 'Redis' || has(self.redis)", "redis must be given for type Redis"),
      ),
      "The database that keeps the counters.",
    ),
    timeout: optional(Duration, "Time in which the service must answer a proxy. Default: 20ms."),
    failClosed: defaulted(boolean(), false, "Whether requests get 500 while the service is down; otherwise they pass."),
    telemetry: optional(
      object({
        metrics: optional(
          object({
            prometheus: optional(
              object({ disable: optional(boolean(), "Turns the endpoint off.") }),
              "The endpoint for Prometheus.",
            ),
          }),
          "Metrics of the service.",
        ),
        tracing: optional(
          object({
            samplingRate: optional(
              integer({ minimum: 0 }),
              "Share of the traces that is kept, in percent. Default: 100.",
            ),
            provider: optional(
              object({
                type: optional(string(), "`OpenTelemetry`."),
                url: required(string(), "Address of the collector."),
              }),
              "Where spans go.",
            ),
          }),
          "Traces of the service.",
        ),
      }),
      "What the service tells about itself.",
    ),
  }),
  "The service that counts requests for all proxies together.",
);
export type RateLimit = Infer<typeof RateLimit>;
