/** Traces of the proxies. */
import {
  boolean,
  defaulted,
  type Infer,
  integer,
  listOf,
  mapOf,
  named,
  object,
  oneOf,
  optional,
  required,
  string,
} from "../../../schema/builder.ts";
import { rule } from "../../../schema/rules.ts";
import { Fraction } from "../../gateway-api/http-filters.ts";
import {
  backendClusterFields,
  hostOrBackend,
  noSingleBackendRef,
  servicesAndBackends,
} from "../shared/backend-cluster.ts";
import { EnvoyHTTPHeader } from "../shared/http-header.ts";
import { fieldOnlyForType } from "../shared/union.ts";

/** Options of OpenTelemetry. */
export const OpenTelemetryTracingProvider = named(
  "OpenTelemetryTracingProvider",
  object({
    headers: optional(listOf(EnvoyHTTPHeader, { minItems: 1, maxItems: 32 }), "Headers of the calls to the collector."),
    resourceAttributes: optional(mapOf(string()), "Attributes that say where the spans come from."),
    sampler: optional(
      object(
        {
          type: defaulted(
            oneOf(
              "AlwaysOn",
              "AlwaysOff",
              "TraceIdRatio",
              "ParentBasedAlwaysOn",
              "ParentBasedAlwaysOff",
              "ParentBasedTraceIdRatio",
            ),
            "AlwaysOn",
            "How it is decided whether a trace is kept, by OpenTelemetry's names.",
            { required: true },
          ),
          samplingPercentage: optional(Fraction, "Share of the traces that is kept, for the ratio types."),
        },
        rule(
          "has(self.samplingPercentage) ? (self.type == 'TraceIdRatio' || self.type == 'ParentBasedTraceIdRatio') : true",
          "samplingPercentage is for types TraceIdRatio and ParentBasedTraceIdRatio only",
        ),
      ),
      "Decides in OpenTelemetry's way whether a trace is kept.",
    ),
  }),
  "Options of OpenTelemetry.",
);
export type OpenTelemetryTracingProvider = Infer<typeof OpenTelemetryTracingProvider>;

/** Where spans go. */
export const TracingProvider = named(
  "TracingProvider",
  object(
    {
      ...backendClusterFields,
      type: defaulted(oneOf("OpenTelemetry", "Zipkin", "Datadog"), "OpenTelemetry", "What the collector speaks.", {
        required: true,
      }),
      host: optional(string(), "Deprecated: use `backendRefs`."),
      port: defaulted(integer({ format: "int32", minimum: 0 }), 4317, "Deprecated: use `backendRefs`."),
      serviceName: optional(
        string({}, rule('self != ""', "serviceName must not be empty")),
        "Name of the service in spans. Default: `<name>.<namespace>` of the Gateway.",
      ),
      openTelemetry: optional(OpenTelemetryTracingProvider, "Options of OpenTelemetry."),
      zipkin: optional(
        object({
          enable128BitTraceId: optional(boolean(), "Whether trace ids have 128 bits. Default: false, 64."),
          disableSharedSpanContext: optional(
            boolean(),
            "Whether client and server have a span each. Default: false, they share one.",
          ),
        }),
        "Options of Zipkin.",
      ),
    },
    hostOrBackend,
    noSingleBackendRef,
    ...servicesAndBackends,
    fieldOnlyForType("OpenTelemetry", "openTelemetry"),
  ),
  "Where spans go.",
);
export type TracingProvider = Infer<typeof TracingProvider>;

/** A tag whose value is fixed, or taken from the environment or the request. */
export const CustomTag = named(
  "CustomTag",
  object({
    type: defaulted(oneOf("Literal", "Environment", "RequestHeader"), "Literal", "Where the value comes from.", {
      required: true,
    }),
    literal: optional(object({ value: required(string(), "The value.") }), "A fixed value."),
    environment: optional(
      object({
        name: required(string(), "Name of the environment variable of the proxy."),
        defaultValue: optional(string(), "Value where there is none."),
      }),
      "An environment variable.",
    ),
    requestHeader: optional(
      object({
        name: required(string(), "Name of the header."),
        defaultValue: optional(string(), "Value where there is none."),
      }),
      "A header of the request.",
    ),
  }),
  "A tag whose value is fixed, or taken from the environment or the request.",
);
export type CustomTag = Infer<typeof CustomTag>;

/** Names of spans. */
export const TracingSpanName = named(
  "TracingSpanName",
  object({
    client: required(string(), "Name of the span of a request to a backend, with Envoy's `%…%` variables."),
    server: required(string(), "Name of the span of a request of a client, with Envoy's `%…%` variables."),
  }),
  "Names of spans.",
);
export type TracingSpanName = Infer<typeof TracingSpanName>;

/** Traces of the proxies. */
export const ProxyTracing = named(
  "ProxyTracing",
  object(
    {
      provider: required(TracingProvider, "Where spans go."),
      samplingRate: optional(
        integer({ format: "int32", minimum: 0, maximum: 100 }),
        "Share of the requests that start a trace, in percent. Default: 100.",
      ),
      samplingFraction: optional(
        Fraction,
        "Share of the requests that start a trace, where whole percents are too coarse.",
      ),
      clientSamplingFraction: optional(
        Fraction,
        "Share of the requests with `x-client-trace-id` that are traced for the client's sake. Default: none.",
      ),
      overallSamplingFraction: optional(
        Fraction,
        "Share of the traces that is kept after all other decisions. Default: all.",
      ),
      tags: optional(mapOf(string()), "Tags of every span, with Envoy's `%…%` variables."),
      customTags: optional(mapOf(CustomTag), "Deprecated: use `tags`."),
      spanName: optional(TracingSpanName, "Names of spans."),
    },
    rule(
      "!(has(self.samplingRate) && has(self.samplingFraction))",
      "samplingRate and samplingFraction cannot be given both",
    ),
  ),
  "Traces of the proxies.",
);
export type ProxyTracing = Infer<typeof ProxyTracing>;
