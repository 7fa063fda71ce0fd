import type { FleetStatsSink } from "../fleet.ts";
import type { Address } from "./address.ts";
import type { JsonObject } from "./json.ts";
import { type PrometheusOptions, prometheusCluster, prometheusListener } from "./prometheus.ts";
import { readinessListener } from "./readiness.ts";
import { type StatsMatches, statsMatcher } from "./stats-matcher.ts";
import { adsCluster, type XdsTls, xdsCluster } from "./xds-cluster.ts";

export interface BootstrapOptions {
  /** Where the control plane listens for xDS. A host name is resolved by Envoy, again and again. */
  readonly xdsAddress: Address;
  /** How Envoy proves who it is and whom it expects; absent: plaintext (tests only). */
  readonly xdsTls?: XdsTls | undefined;
  /** Envoy's own admin interface; port 0 lets the system choose. */
  readonly adminAddress: Address;
  /** A listener that shows Envoy's metrics to Prometheus; absent: none. */
  readonly prometheus?: PrometheusOptions | undefined;
  /** Where statistics are sent. */
  readonly statsSinks?: readonly FleetStatsSink[] | undefined;
  /** Statistics that are kept; absent: all. */
  readonly statsMatches?: StatsMatches | undefined;
  /** Where probes find `/ready`; absent: nowhere. */
  readonly readiness?: Address | undefined;
  /** Memory Envoy may use in all. From 95 % of four fifths of it on, memory is given back; from 98 % on, requests are refused. */
  readonly memoryLimitBytes?: number | undefined;
  /** Name of the EDS cluster of this fleet's own endpoints, for zone-aware routing; absent: none. Equal to the fleet's key. */
  readonly localCluster?: string | undefined;
  /** Global limit of connections from clients. Default: 50,000. */
  readonly maxDownstreamConnections?: number | undefined;
}

/** Metric tags beside Envoy's own, taken from names of zone-aware, socket-match and priority statistics. */
const statsTags = [
  { tag_name: "from_zone", regex: "^cluster\\..+?\\.zone\\.(([^.]+)\\.)" },
  { tag_name: "to_zone", regex: "^cluster\\..+?\\.zone\\.[^.]+\\.(([^.]+)\\.)" },
  { tag_name: "socket_match_name", regex: "^transport_socket_match\\.(([^.]+)\\.)" },
  { tag_name: "priority", regex: "^cluster\\..+?\\.circuit_breakers\\.((default|high)\\.)" },
];

/**
 * The static part of an Envoy's configuration: enough to reach the control plane, from which everything else comes (delta ADS).
 * A plain object in proto3 JSON form of `envoy.config.bootstrap.v3.Bootstrap`; node id and cluster are given as arguments.
 */
export function buildBootstrap(options: BootstrapOptions): JsonObject {
  const { prometheus } = options;
  const clusters = [
    ...(prometheus ? [prometheusCluster(prometheus)] : []),
    ...(options.localCluster === undefined ? [] : [localCluster(options.localCluster)]),
    xdsCluster(options.xdsAddress, options.xdsTls),
    ...(options.statsSinks ?? []).map(({ cluster }) => cluster),
  ];
  const listeners = [
    ...(prometheus ? [prometheusListener(prometheus)] : []),
    ...(options.readiness ? [readinessListener(options.readiness)] : []),
  ];
  return {
    admin: {
      access_log: [
        {
          name: "envoy.access_loggers.file",
          typed_config: {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
            path: "/dev/null",
          },
        },
      ],
      address: socketAddress(options.adminAddress),
    },
    ...(options.localCluster !== undefined && { cluster_manager: { local_cluster_name: options.localCluster } }),
    // A cluster's metrics are made at its first request: thousands of unused clusters then cost little memory.
    deferred_stat_options: { enable_deferred_creation_stats: true },
    stats_config: { stats_tags: statsTags, ...statsMatcher(options.statsMatches) },
    ...(options.statsSinks?.length ? { stats_sinks: options.statsSinks.map(({ sink }) => sink) } : {}),
    layered_runtime: { layers: [{ name: "global_config", static_layer: runtime }] },
    dynamic_resources: {
      ads_config: adsCluster(),
      lds_config: overAds(),
      cds_config: overAds(),
    },
    static_resources: {
      ...(listeners.length > 0 && { listeners }),
      clusters,
    },
    overload_manager: overloadManager(options.maxDownstreamConnections ?? 50_000, options.memoryLimitBytes),
  };
}

/** Users' regular expressions may be as large as they like; from 1,000 instructions on Envoy warns. */
const runtime = { re2: { max_program_size: { error_level: 4_294_967_295, warn_level: 1_000 } } };

/** No timeout on the first answer: an Envoy that has no configuration yet waits, however long loading takes. */
function overAds(): JsonObject {
  return { ads: {}, resource_api_version: "V3", initial_fetch_timeout: "0s" };
}

export function socketAddress(address: Address): JsonObject {
  return { socket_address: { address: address.host, port_value: address.port } };
}

function overloadManager(maxConnections: number, memoryLimitBytes: number | undefined): JsonObject {
  return {
    refresh_interval: "0.25s",
    resource_monitors: [
      {
        name: "envoy.resource_monitors.global_downstream_max_connections",
        typed_config: {
          "@type":
            "type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
          max_active_downstream_connections: maxConnections,
        },
      },
      ...(memoryLimitBytes === undefined ? [] : [heapMonitor(Math.floor(memoryLimitBytes * 0.8))]),
    ],
    ...(memoryLimitBytes !== undefined && {
      actions: [heapAction("shrink_heap", 0.95), heapAction("stop_accepting_requests", 0.98)],
    }),
  };
}

const heapMonitorName = "envoy.resource_monitors.fixed_heap";

/** The heap alone: stacks, code and the kernel's buffers need the rest of the container's memory. */
function heapMonitor(maxBytes: number): JsonObject {
  return {
    name: heapMonitorName,
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig",
      max_heap_size_bytes: String(maxBytes),
    },
  };
}

function heapAction(action: string, threshold: number): JsonObject {
  return {
    name: `envoy.overload_actions.${action}`,
    triggers: [{ name: heapMonitorName, threshold: { value: threshold } }],
  };
}

function localCluster(name: string): JsonObject {
  return {
    name,
    type: "EDS",
    eds_cluster_config: { eds_config: { ads: {}, resource_api_version: "V3" }, service_name: name },
    connect_timeout: "10s",
  };
}
