/**
 * Metrics as OTLP sends them. The generated messages are of an OTLP that calls scopes "instrumentation libraries"; numbers and
 * types of all fields used here are those of OTLP 1.
 */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { ExportMetricsServiceRequestSchema } from "../../gen/opentelemetry/proto/collector/metrics/v1/metrics_service_pb.js";
import { AggregationTemporality, type MetricSchema } from "../../gen/opentelemetry/proto/metrics/v1/metrics_pb.js";
import { type MetricName, metricDefinitions } from "../metrics/definitions.ts";
import type { Point } from "../metrics/metric-store.ts";
import { keyValues, ownResource, ownScope, unixNanos } from "./attributes.ts";

/** When the values were read, and since when they have been counted; milliseconds since 1970. */
export interface Times {
  readonly since: number;
  readonly now: number;
}

type MetricInit = MessageInitShape<typeof MetricSchema>;

/** All series of a metric store as an encoded `ExportMetricsServiceRequest`, with cumulative values. */
export function metricsRequest(
  metrics: ReadonlyMap<MetricName, readonly Point[]>,
  times: Times,
  instance: string,
): Uint8Array {
  const listed = [...metrics].map(([name, points]) => metricOf(name, points, times));
  const request = create(ExportMetricsServiceRequestSchema, {
    resourceMetrics: [
      {
        resource: ownResource(instance),
        instrumentationLibraryMetrics: [{ instrumentationLibrary: ownScope, metrics: listed }],
      },
    ],
  });
  return toBinary(ExportMetricsServiceRequestSchema, request);
}

const temporality = AggregationTemporality.CUMULATIVE;

function metricOf(name: MetricName, points: readonly Point[], times: Times): MetricInit {
  const definition = metricDefinitions[name];
  const base = { name, description: definition.help };
  const timeUnixNano = unixNanos(times.now);
  const startTimeUnixNano = unixNanos(times.since);
  const numbers = points.map(({ labels, value }) => ({
    attributes: keyValues(labels),
    timeUnixNano,
    value: { case: "asDouble" as const, value },
  }));
  switch (definition.type) {
    case "gauge":
      return { ...base, data: { case: "gauge", value: { dataPoints: numbers } } };
    case "counter": {
      const dataPoints = numbers.map((number) => ({ ...number, startTimeUnixNano }));
      return {
        ...base,
        data: { case: "sum", value: { dataPoints, isMonotonic: true, aggregationTemporality: temporality } },
      };
    }
    case "histogram": {
      const dataPoints = points.map(({ labels, distribution }) => ({
        attributes: keyValues(labels),
        timeUnixNano,
        startTimeUnixNano,
        count: BigInt(distribution?.count ?? 0),
        sum: distribution?.sum ?? 0,
        bucketCounts: (distribution?.counts ?? []).map(BigInt),
        explicitBounds: [...definition.bounds],
      }));
      return { ...base, data: { case: "histogram", value: { dataPoints, aggregationTemporality: temporality } } };
    }
  }
}
