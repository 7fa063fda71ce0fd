import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Commit } from "../controller.ts";
import { createLogs } from "../logs/logs.ts";
import { MetricStore } from "../metrics/metric-store.ts";
import { startCollector, type TestCollector } from "../testing/collector.ts";
import { until } from "../testing/workplace.ts";
import { Telemetry } from "./telemetry.ts";

type Settings = Parameters<Telemetry["apply"]>[0];

let collector: TestCollector;
let store: MetricStore;
let telemetry: Telemetry;
let log: string[];

beforeEach(async () => {
  collector = await startCollector();
  store = new MetricStore();
  log = [];
  const logs = createLogs({ level: { default: "info" } }, { write: (text) => log.push(text) });
  telemetry = new Telemetry({ metrics: store, logs, instance: "test", now: () => Date.UTC(2030, 0, 1) });
});

afterEach(async () => {
  await telemetry.stop();
  await collector.stop();
});

const protocols = ["grpc", "http"] as const;

function sink(protocol: "grpc" | "http", exportInterval = "20ms") {
  const port = protocol === "grpc" ? collector.grpcPort : collector.httpPort;
  return { type: "OpenTelemetry", openTelemetry: { host: "127.0.0.1", port, protocol, exportInterval } } as const;
}

const settings = (more: { sinks?: ReturnType<typeof sink>[]; traces?: Settings["traces"] }): Settings => ({
  metrics: { prometheus: { disable: false }, ...(more.sinks && { sinks: more.sinks }) },
  ...(more.traces && { traces: more.traces }),
});

function commit(failed = false): Commit {
  const failures = failed ? [{ collection: "hosts", key: "a", error: new Error("broken") }] : [];
  return {
    batch: { changes: [{ kind: "HTTPRoute", key: "default/a" }] },
    changes: { statuses: [], xds: new Map(), fleets: [], report: { failures, computed: new Map([["hosts", 3]]) } },
    startedAt: 1_000,
    translationMs: 2,
    durationMs: 5,
  } as unknown as Commit;
}

const flatMetrics = () =>
  collector.metrics.flatMap(({ resourceMetrics }) =>
    resourceMetrics.flatMap(({ instrumentationLibraryMetrics: scopes }) => scopes.flatMap(({ metrics }) => metrics)),
  );
const flatSpans = () =>
  collector.traces.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ instrumentationLibrarySpans: scopes }) => scopes.flatMap(({ spans }) => spans)),
  );

describe.each(protocols)("a collector over %s", (protocol) => {
  test("gets counters, gauges and histograms in intervals", async () => {
    store.count("xds_nack_total", { nodeID: "n" }, 2);
    store.set("envoy_replicas", { fleet: "f" }, 1.5);
    for (const seconds of [0.05, 20]) store.observe("xds_stream_duration_seconds", {}, seconds);
    telemetry.apply(settings({ sinks: [sink(protocol)] }));
    await until(
      () => collector.metrics.length,
      (count) => count >= 2,
    );
    const [counter, gauge, histogram] = ["xds_nack_total", "envoy_replicas", "xds_stream_duration_seconds"].map(
      (name) => flatMetrics().find((metric) => metric.name === name)?.data,
    );
    expect(counter).toMatchObject({
      case: "sum",
      value: {
        isMonotonic: true,
        aggregationTemporality: 2,
        dataPoints: [
          {
            attributes: [{ key: "nodeID", value: { value: { case: "stringValue", value: "n" } } }],
            value: { case: "asDouble", value: 2 },
            timeUnixNano: BigInt(Date.UTC(2030, 0, 1)) * 1_000_000n,
          },
        ],
      },
    });
    expect(gauge).toMatchObject({ case: "gauge", value: { dataPoints: [{ value: { value: 1.5 } }] } });
    expect(histogram).toMatchObject({
      case: "histogram",
      value: {
        dataPoints: [
          {
            count: 2n,
            sum: 20.05,
            bucketCounts: [1n, 0n, 1n, 0n, 0n, 0n, 0n],
            explicitBounds: [0.1, 10, 50, 100, 1_000, 10_000],
          },
        ],
      },
    });
    expect(collector.metrics[0]?.resourceMetrics[0]?.resource?.attributes).toContainEqual(
      expect.objectContaining({ key: "service.name" }),
    );
  });

  test("gets a trace of each change, with its steps", async () => {
    telemetry.apply(settings({ traces: { sink: sink(protocol) } }));
    telemetry.committed(commit());
    await until(
      () => flatSpans().length,
      (count) => count === 3,
    );
    const [whole, translate, publish] = flatSpans();
    expect([whole?.name, translate?.name, publish?.name]).toEqual(["reconcile", "translate", "publish"]);
    expect(translate?.parentSpanId).toEqual(whole?.spanId);
    expect(publish?.traceId).toEqual(whole?.traceId);
    expect(whole?.traceId).toHaveLength(16);
    expect(Number((whole?.endTimeUnixNano ?? 0n) - (whole?.startTimeUnixNano ?? 0n)) / 1e6).toBeCloseTo(5, 2);
    expect(translate?.endTimeUnixNano).toBe(publish?.startTimeUnixNano);
    expect(whole?.attributes).toContainEqual(
      expect.objectContaining({
        key: "object",
        value: expect.objectContaining({ value: { case: "stringValue", value: "default/a" } }) as object,
      }),
    );
  });

  test("that refuses is told once, and gets the spans that waited when it is back", async () => {
    collector.isRefusing = true;
    telemetry.apply(settings({ traces: { sink: sink(protocol) } }));
    telemetry.committed(commit());
    const failures = () =>
      store
        .read()
        .get("telemetry_export_total")
        ?.find(({ labels }) => labels["status"] === "failure")?.value ?? 0;
    await until(failures, (count) => count >= 3);
    expect(log.filter((line) => line.includes("traces do not reach the collector"))).toHaveLength(1);
    collector.isRefusing = false;
    await until(
      () => flatSpans().length,
      (count) => count === 3,
    );
    await until(
      () => log.some((line) => line.includes("traces reach the collector")),
      (isTold) => isTold,
    );
  });
});

test("a failed step is an error in its trace", async () => {
  telemetry.apply(settings({ traces: { sink: sink("grpc") } }));
  telemetry.committed(commit(true));
  await until(
    () => flatSpans().length,
    (count) => count === 3,
  );
  expect(flatSpans()[1]?.status).toMatchObject({ code: 2, message: "hosts a: broken" });
});

test("only the asked share of traces is kept", async () => {
  telemetry.apply(settings({ traces: { sink: sink("http"), samplingRate: { numerator: 1, denominator: 4 } } }));
  for (let i = 0; i < 400; i++) telemetry.committed(commit());
  await telemetry.stop();
  const kept = flatSpans().length / 3;
  expect(kept).toBeGreaterThan(40);
  expect(kept).toBeLessThan(180);
});

test("a stop sends what is still there", async () => {
  telemetry.apply(settings({ sinks: [sink("http", "1h")], traces: { sink: sink("grpc", "1h") } }));
  store.count("xds_nack_total");
  telemetry.committed(commit());
  await telemetry.stop();
  expect([flatMetrics().length, flatSpans().length]).toEqual([1, 3]);
});

test("a changed configuration sends elsewhere from then on", async () => {
  store.count("xds_nack_total");
  telemetry.apply(settings({ sinks: [sink("grpc")] }));
  await until(
    () => collector.metrics.length,
    (count) => count > 0,
  );
  telemetry.apply(settings({}));
  const before = collector.metrics.length;
  telemetry.committed(commit());
  await telemetry.stop();
  expect([collector.metrics.length - before, collector.traces.length]).toEqual([
    expect.toSatisfy((n: number) => n <= 1),
    0,
  ]);
});
