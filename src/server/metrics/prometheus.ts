import type { MetricData, ResourceMetrics } from "@opentelemetry/sdk-metrics";
import { type MetricName, metricDefinitions } from "./definitions.ts";
import type { MetricStore, Point } from "./metric-store.ts";

/**
 * The metrics in Prometheus' text format. The OpenTelemetry packages are loaded with the first call, since a start that nobody
 * measures has no use for them.
 */
export async function prometheusText(store: MetricStore): Promise<string> {
  const { PrometheusSerializer } = await import("@opentelemetry/exporter-prometheus");
  const { AggregationTemporality, DataPointType } = await import("@opentelemetry/sdk-metrics");
  const types = { sum: DataPointType.SUM, gauge: DataPointType.GAUGE, histogram: DataPointType.HISTOGRAM } as const;
  const metrics = [...store.read()].map(([name, points]) =>
    metricData(name, points, types, AggregationTemporality.CUMULATIVE),
  );
  // The serializer looks at the resource's attributes only, and puts none of them into the text.
  const resource = { attributes: {} } as ResourceMetrics["resource"];
  const serializer = new PrometheusSerializer(undefined, false, undefined, true, true);
  return serializer.serialize({ resource, scopeMetrics: [{ scope: { name: "envoy-gateway" }, metrics }] });
}

interface Types {
  readonly sum: Extract<MetricData, { isMonotonic: boolean }>["dataPointType"];
  readonly gauge: Exclude<MetricData, { isMonotonic: boolean }>["dataPointType"];
  readonly histogram: MetricData["dataPointType"];
}

function metricData(
  name: MetricName,
  points: readonly Point[],
  types: Types,
  aggregationTemporality: MetricData["aggregationTemporality"],
): MetricData {
  const definition = metricDefinitions[name];
  const base = {
    descriptor: { name, description: definition.help, unit: "", valueType: 1 },
    aggregationTemporality,
  };
  const common = { startTime: [0, 0] as [number, number], endTime: [0, 0] as [number, number] };
  const numbers = points.map(({ labels, value }) => ({ ...common, attributes: labels, value }));
  switch (definition.type) {
    case "counter":
      return { ...base, dataPointType: types.sum, isMonotonic: true, dataPoints: numbers };
    case "gauge":
      return { ...base, dataPointType: types.gauge, dataPoints: numbers } as MetricData;
    case "histogram":
      return {
        ...base,
        dataPointType: types.histogram,
        dataPoints: points.map(({ labels, distribution }) => ({
          ...common,
          attributes: labels,
          value: {
            buckets: { boundaries: [...definition.bounds], counts: distribution?.counts ?? [] },
            sum: distribution?.sum ?? 0,
            count: distribution?.count ?? 0,
          },
        })),
      } as MetricData;
  }
}
