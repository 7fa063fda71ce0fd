import { isDeepStrictEqual } from "node:util";
import { durationMs } from "../../api/duration.ts";
import type {
  EnvoyGatewayOpenTelemetrySink,
  EnvoyGatewayTelemetry,
} from "../../api/v1alpha1/envoygateway/telemetry.ts";
import type { Commit } from "../controller.ts";
import type { Logs } from "../logs/logs.ts";
import { messageOf } from "../message-of.ts";
import type { MetricStore } from "../metrics/metric-store.ts";
import type { Collector, Signal } from "./collector.ts";
import { commitSpans } from "./commit-spans.ts";
import { collectorName, createCollector } from "./open-collector.ts";
import { exportPeriodically, type PeriodicExport } from "./periodic-export.ts";
import { isSampled, newTraceId, type SamplingRate } from "./span.ts";
import { SpanQueue } from "./span-queue.ts";

/** What telemetry is made of. */
export interface TelemetryOptions {
  readonly metrics: MetricStore;
  readonly logs: Logs;
  /** Tells several control planes apart in a collector (`service.instance.id`). */
  readonly instance: string;
  readonly now: () => number;
}

const metricsIntervalMs = 60_000;
const tracesIntervalMs = 5_000;

/** A full batch is sent at once. */
const spansAtOnce = 512;

/** How long a stop waits for what is still to be sent. */
const lastExportMs = 2_000;

interface Export {
  readonly collector: Collector;
  readonly periodic: PeriodicExport;
}

/**
 * What the control plane tells collectors about itself: its metrics in intervals, and a trace of each change. Encoders and
 * transports are loaded with the first export; without a sink nothing is done at all.
 */
export class Telemetry {
  readonly #options: TelemetryOptions;
  readonly #startedAt: number;
  #settings: EnvoyGatewayTelemetry | undefined;
  #exports: readonly Export[] = [];
  #tracing: { readonly queue: SpanQueue; readonly rate: SamplingRate; readonly periodic: PeriodicExport } | undefined;

  constructor(options: TelemetryOptions) {
    this.#options = options;
    this.#startedAt = options.now();
  }

  /** Takes over the configuration, the first one or a changed one; what is queued for collectors that are gone is dropped. */
  apply(settings: EnvoyGatewayTelemetry): void {
    if (isDeepStrictEqual(settings, this.#settings)) return;
    this.#settings = settings;
    this.#close();
    const metricsExports = (settings.metrics.sinks ?? []).flatMap(({ openTelemetry }) =>
      openTelemetry ? [this.#exportMetrics(openTelemetry)] : [],
    );
    const traced = settings.traces?.sink?.openTelemetry;
    const rate = settings.traces?.samplingRate ?? { numerator: 100 };
    this.#exports = traced ? [...metricsExports, this.#exportTraces(traced, rate)] : metricsExports;
  }

  /** Traces a commit, if its trace is among those that are kept. */
  committed(commit: Commit): void {
    if (!this.#tracing) return;
    const { queue, rate, periodic } = this.#tracing;
    const traceId = newTraceId();
    if (!isSampled(traceId, rate)) return;
    queue.add(commitSpans(commit, traceId, performance.timeOrigin));
    if (queue.size >= spansAtOnce) void periodic.flush();
  }

  /** Sends what there is, for as long as a stop may take, and ends. */
  async stop(): Promise<void> {
    const limit = new Promise<void>((resolve) => setTimeout(resolve, lastExportMs).unref());
    await Promise.race([Promise.all(this.#exports.map(({ periodic }) => periodic.finish())), limit]);
    this.#close();
  }

  #close(): void {
    for (const { collector, periodic } of this.#exports) {
      periodic.stop();
      collector.close();
    }
    this.#exports = [];
    this.#tracing = undefined;
  }

  #exportMetrics(sink: EnvoyGatewayOpenTelemetrySink): Export {
    const { metrics, instance, now } = this.#options;
    return this.#export("metrics", sink, metricsIntervalMs, async (collector) => {
      const { metricsRequest } = await import("./metrics-request.ts");
      const times = { since: this.#startedAt, now: now() };
      await collector.send("metrics", metricsRequest(metrics.read(), times, instance));
    });
  }

  #exportTraces(sink: EnvoyGatewayOpenTelemetrySink, rate: SamplingRate): Export {
    const queue = new SpanQueue();
    const made = this.#export("traces", sink, tracesIntervalMs, async (collector) => {
      const { traceRequest } = await import("./trace-request.ts");
      await queue.drain((spans) => collector.send("traces", traceRequest(spans, this.#options.instance)));
    });
    this.#tracing = { queue, rate, periodic: made.periodic };
    return made;
  }

  #export(
    signal: Signal,
    sink: EnvoyGatewayOpenTelemetrySink,
    usualMs: number,
    send: (collector: Collector) => Promise<void>,
  ): Export {
    const { logs, metrics } = this.#options;
    const collector = counting(createCollector(sink), metrics);
    const name = collectorName(sink);
    const periodic = exportPeriodically({
      intervalMs: durationMs(sink.exportInterval) ?? usualMs,
      send: () => send(collector),
      onFailing: (error) => {
        const reason = messageOf(error);
        logs.for("server").warn(`${signal} do not reach the collector ${name}: ${reason}; it is tried again`);
      },
      onWorking: () => logs.for("server").info(`${signal} reach the collector ${name} again`),
    });
    return { collector, periodic };
  }
}

/** The same collector, with its exports counted. */
function counting(collector: Collector, metrics: MetricStore): Collector {
  const count = (signal: Signal, status: "success" | "failure"): void =>
    metrics.count("telemetry_export_total", { signal, status });
  return {
    async send(signal, request) {
      try {
        await collector.send(signal, request);
        count(signal, "success");
      } catch (error) {
        count(signal, "failure");
        throw error;
      }
    },
    close: () => collector.close(),
  };
}
