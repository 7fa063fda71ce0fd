/** Metrics of the proxies. */
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
  string,
} from "../../../schema/builder.ts";
import {
  backendClusterFields,
  hostOrBackend,
  noSingleBackendRef,
  servicesAndBackends,
} from "../shared/backend-cluster.ts";
import { Compression } from "../shared/compression.ts";
import { EnvoyHTTPHeader } from "../shared/http-header.ts";
import { StringMatch } from "../shared/string-match.ts";
import { fieldOfType } from "../shared/union.ts";

/** Sends metrics to an OpenTelemetry collector. */
export const ProxyOpenTelemetrySink = named(
  "ProxyOpenTelemetrySink",
  object(
    {
      ...backendClusterFields,
      host: optional(string(), "Deprecated: use `backendRefs`."),
      port: defaulted(integer({ format: "int32", minimum: 0, maximum: 65535 }), 4317, "Deprecated: use `backendRefs`."),
      headers: optional(
        listOf(EnvoyHTTPHeader, { minItems: 1, maxItems: 32 }),
        "Headers of the calls to the collector.",
      ),
      resourceAttributes: optional(mapOf(string()), "Attributes that say where the metrics come from."),
      reportCountersAsDeltas: optional(
        boolean(),
        "Whether counters are sent as what was added since the last time. Default: false.",
      ),
      reportHistogramsAsDeltas: optional(
        boolean(),
        "Whether histograms are sent as what was added since the last time. Default: false.",
      ),
    },
    hostOrBackend,
    noSingleBackendRef,
    ...servicesAndBackends,
  ),
  "Sends metrics to an OpenTelemetry collector.",
);
export type ProxyOpenTelemetrySink = Infer<typeof ProxyOpenTelemetrySink>;

/** Metrics of the proxies. */
export const ProxyMetrics = named(
  "ProxyMetrics",
  object({
    prometheus: optional(
      object({
        disable: optional(boolean(), "Turns the endpoint off. Default: false."),
        compression: optional(Compression, "Compression of the answers. Default: none."),
      }),
      "The endpoint `/stats/prometheus`.",
    ),
    sinks: optional(
      listOf(
        object(
          {
            type: defaulted(oneOf("OpenTelemetry"), "OpenTelemetry", "Kind of the sink.", { required: true }),
            openTelemetry: optional(ProxyOpenTelemetrySink, "An OpenTelemetry collector."),
          },
          fieldOfType("OpenTelemetry", "openTelemetry"),
        ),
        { maxItems: 16 },
      ),
      "Where metrics are sent to.",
    ),
    matches: optional(listOf(StringMatch), "Names of Envoy's statistics that are kept besides the usual ones."),
    enableVirtualHostStats: optional(boolean(), "Whether there are metrics for each virtual host. Default: false."),
    enablePerEndpointStats: optional(boolean(), "Whether there are metrics for each endpoint. Default: false."),
    enableRequestResponseSizesStats: optional(
      boolean(),
      "Whether there are histograms of the sizes of requests and answers. Default: false.",
    ),
    enableGRPCStats: optional(boolean(), "Whether the calls of GRPCRoutes are counted by method. Default: true."),
    clusterStatName: optional(
      string(),
      "Name of clusters in metrics, made of `%ROUTE_NAME%`, `%ROUTE_NAMESPACE%`, `%ROUTE_KIND%`, `%ROUTE_RULE_NAME%`, `%ROUTE_RULE_NUMBER%` and `%BACKEND_REFS%`.",
    ),
  }),
  "Metrics of the proxies.",
);
export type ProxyMetrics = Infer<typeof ProxyMetrics>;
