import { create, fromBinary, type JsonObject, toJson } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import type { ProxyOpenTelemetrySink } from "../../api/v1alpha1/envoyproxy/metrics.ts";
import type { Collection, Context, Graph } from "../../engine/index.ts";
import { ClusterSchema } from "../../gen/envoy/config/cluster/v3/cluster_pb.js";
import { StatsSinkSchema } from "../../gen/envoy/config/metrics/v3/stats_pb.js";
import { SinkConfigSchema } from "../../gen/envoy/extensions/stat_sinks/open_telemetry/v3/open_telemetry_pb.js";
import type { ClusterStats } from "../backends/cluster-spec.ts";
import { sameData } from "../equal.ts";
import type { Fleet } from "../gateways/fleets.ts";
import { type TelemetryTarget, telemetryFields } from "../gateways/proxy-settings.ts";
import type { Resource } from "../resources.ts";
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

/** What the statistics sinks of fleets are made from. */
export interface StatsSinkSources {
  readonly telemetry: Collection<FleetTelemetry>;
  /** Clusters that Envoys have from the start, keyed `<fleet>|<name>`. */
  readonly staticClusters: Collection<Resource>;
}

/** Sinks of a fleet, in the order they are written in; those that lead nowhere are left out. Endpoints come over xDS, so that others need no restart. */
export function statsSinks({ key, proxy }: Fleet, sources: StatsSinkSources, ctx: Context): readonly StatsSink[] {
  const sinks = proxy.telemetry?.metrics?.sinks;
  if (!sinks?.length) return [];
  const targets = ctx.get(sources.telemetry, key)?.targets ?? {};
  return sinks.flatMap(({ openTelemetry }, i) => {
    const target = targets[telemetryFields.metrics(i)];
    const cluster = target && ctx.get(sources.staticClusters, `${key}|${target.cluster}`);
    return openTelemetry && cluster ? [{ cluster: clusterJson(cluster), sink: sinkJson(openTelemetry, target) }] : [];
  });
}

const json = { registry: bootstrapTypes, useProtoFieldName: true } as const;

function clusterJson({ bytes }: Resource): JsonObject {
  return toJson(ClusterSchema, fromBinary(ClusterSchema, bytes), json) as JsonObject;
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
