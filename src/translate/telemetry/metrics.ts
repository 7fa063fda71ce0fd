import { create, type JsonObject, toJson } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import type { ProxyOpenTelemetrySink } from "../../api/v1alpha1/envoyproxy/metrics.ts";
import type { Collection, Context, Graph } from "../../engine/index.ts";
import { Cluster_LbPolicy, ClusterSchema } from "../../gen/envoy/config/cluster/v3/cluster_pb.js";
import { StatsSinkSchema } from "../../gen/envoy/config/metrics/v3/stats_pb.js";
import { ClusterConfigSchema } from "../../gen/envoy/extensions/clusters/aggregate/v3/cluster_pb.js";
import { SinkConfigSchema } from "../../gen/envoy/extensions/stat_sinks/open_telemetry/v3/open_telemetry_pb.js";
import type { ClusterStats } from "../backends/cluster-spec.ts";
import { sameData } from "../equal.ts";
import type { Fleet } from "../gateways/fleets.ts";
import { type TelemetryTarget, telemetryFields } from "../gateways/proxy-settings.ts";
import { bootstrapTypes } from "./bootstrap-types.ts";
import type { FleetTelemetry } from "./fleet-telemetry.ts";
import { otelResource } from "./otel-options.ts";
import { grpcService } from "./telemetry-service.ts";

/** A place that an Envoy sends its statistics to, in proto3 JSON of Envoy's bootstrap, with the cluster that leads there. */
export interface StatsSink {
  readonly cluster: JsonObject;
  readonly sink: JsonObject;
}

/** What fleets want of their statistics. */
export interface MetricsCollections {
  readonly clusterStats: Collection<ClusterStats>;
  /** Fleets that count requests by virtual host. */
  readonly virtualHostStats: Collection<true>;
}

/** Adds to the graph what the metrics of fleets ask of clusters and virtual hosts; fleets that ask for nothing are left out. */
export function createMetrics(graph: Graph, fleets: Collection<Fleet>): MetricsCollections {
  return {
    clusterStats: graph.derive({
      name: "clusterStats",
      from: fleets,
      map: ({ proxy }): ClusterStats | undefined => {
        const { enablePerEndpointStats = false, enableRequestResponseSizesStats = false } =
          proxy.telemetry?.metrics ?? {};
        return enablePerEndpointStats || enableRequestResponseSizesStats
          ? { perEndpoint: enablePerEndpointStats, sizes: enableRequestResponseSizesStats }
          : undefined;
      },
      equal: sameData,
    }),
    virtualHostStats: graph.derive({
      name: "virtualHostStats",
      from: fleets,
      map: ({ proxy }): true | undefined => (proxy.telemetry?.metrics?.enableVirtualHostStats ? true : undefined),
    }),
  };
}

/**
 * Sinks of a fleet, in the order they are written in; those that lead nowhere are left out. Envoy wants their clusters from the start, but
 * not what those stand for: that comes over xDS as for everything else, with its endpoints and its TLS.
 */
export function statsSinks(
  { key, proxy }: Fleet,
  telemetry: Collection<FleetTelemetry>,
  ctx: Context,
): readonly StatsSink[] {
  const sinks = proxy.telemetry?.metrics?.sinks;
  if (!sinks?.length) return [];
  const targets = ctx.get(telemetry, key)?.targets ?? {};
  return sinks.flatMap(({ openTelemetry }, i) => {
    const target = targets[telemetryFields.metrics(i)];
    if (!openTelemetry || !target) return [];
    const cluster = `otel_metric_sink_${i}`;
    return [{ cluster: standIn(cluster, target), sink: sinkJson(openTelemetry, { ...target, cluster }) }];
  });
}

const json = { registry: bootstrapTypes, useProtoFieldName: true } as const;

/** A cluster that stands for another one. Follows `envoy.extensions.clusters.aggregate.v3.ClusterConfig`. */
function standIn(name: string, { cluster }: TelemetryTarget): JsonObject {
  const config = create(ClusterConfigSchema, { clusters: [cluster] });
  const message = create(ClusterSchema, {
    name,
    clusterDiscoveryType: {
      case: "clusterType",
      value: { name: "envoy.clusters.aggregate", typedConfig: anyPack(ClusterConfigSchema, config) },
    },
    lbPolicy: Cluster_LbPolicy.CLUSTER_PROVIDED,
  });
  return toJson(ClusterSchema, message, json) as JsonObject;
}

function sinkJson(sink: ProxyOpenTelemetrySink, target: TelemetryTarget): JsonObject {
  const config = create(SinkConfigSchema, {
    protocolSpecifier: { case: "grpcService", value: grpcService(target, sink.headers) },
    resourceDetectors: otelResource(sink.resourceAttributes),
    reportCountersAsDeltas: sink.reportCountersAsDeltas ?? false,
    reportHistogramsAsDeltas: sink.reportHistogramsAsDeltas ?? false,
  });
  const message = create(StatsSinkSchema, {
    name: "envoy.stat_sinks.open_telemetry",
    configType: { case: "typedConfig", value: anyPack(SinkConfigSchema, config) },
  });
  return toJson(StatsSinkSchema, message, json) as JsonObject;
}
