import type { Address } from "./address.ts";
import type { JsonObject } from "./json.ts";
import { ownListener } from "./own-listener.ts";

/** A listener on which Prometheus finds Envoy's metrics at `/stats/prometheus`, and probes find `/ready`. */
export interface PrometheusOptions {
  /** Where to listen; the original's port is 19001. */
  readonly address: Address;
  /** Default: 127.0.0.1. */
  readonly adminHost?: string | undefined;
  /** Port of Envoy's admin interface, from which the metrics come; it must be a fixed one. */
  readonly adminPort: number;
  /** `Gzip`, `Brotli` or `Zstd`; absent: not compressed. */
  readonly compression?: string | undefined;
}

const statsClusterName = "prometheus_stats";

/** The way from the metrics listener to Envoy's own admin interface. */
export function prometheusCluster({ adminHost = "127.0.0.1", adminPort }: PrometheusOptions): JsonObject {
  return {
    name: statsClusterName,
    type: "STATIC",
    connect_timeout: "0.25s",
    lb_policy: "ROUND_ROBIN",
    load_assignment: {
      cluster_name: statsClusterName,
      endpoints: [
        {
          lb_endpoints: [{ endpoint: { address: { socket_address: { address: adminHost, port_value: adminPort } } } }],
        },
      ],
    },
  };
}

/** Serves GET of the two paths only: the rest of the admin interface stays unreachable from outside. */
export function prometheusListener({ address, compression }: PrometheusOptions): JsonObject {
  return ownListener({
    name: "envoy-gateway-proxy-stats",
    address,
    manager: {
      stat_prefix: "eg-stats-http",
      normalize_path: true,
      route_config: {
        name: "local_route",
        virtual_hosts: [
          { name: "prometheus_stats", domains: ["*"], routes: [adminRoute("/stats/prometheus"), adminRoute("/ready")] },
        ],
      },
      http_filters: compressor(compression),
    },
  });
}

function adminRoute(path: string): JsonObject {
  return {
    match: { path, headers: [{ name: ":method", string_match: { exact: "GET" } }] },
    route: { cluster: statsClusterName },
  };
}

const compressors: Readonly<Record<string, JsonObject>> = {
  Gzip: {
    name: "envoy.compression.gzip.compressor",
    typed_config: { "@type": "type.googleapis.com/envoy.extensions.compression.gzip.compressor.v3.Gzip" },
  },
  Brotli: {
    name: "envoy.compression.brotli.compressor",
    typed_config: { "@type": "type.googleapis.com/envoy.extensions.compression.brotli.compressor.v3.Brotli" },
  },
  Zstd: {
    name: "envoy.compression.zstd.compressor",
    typed_config: { "@type": "type.googleapis.com/envoy.extensions.compression.zstd.compressor.v3.Zstd" },
  },
};

function compressor(type: string | undefined): JsonObject[] {
  const library = type === undefined ? undefined : compressors[type];
  if (!library) return [];
  return [
    {
      name: "envoy.filters.http.compressor",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.compressor.v3.Compressor",
        compressor_library: library,
      },
    },
  ];
}
