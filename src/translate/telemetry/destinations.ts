/** The places that the telemetry of an EnvoyProxy is sent to. */
import type { ProxyTelemetry } from "../../api/v1alpha1/envoyproxy/spec.ts";
import type { BackendReference } from "../backends/references.ts";
import { telemetryFields } from "../gateways/proxy-settings.ts";

/** A field that names backends. */
export interface TelemetryDestination {
  /** Path of the field, for messages and as a key. */
  readonly field: string;
  readonly protocol: "http1" | "http2";
  readonly backendRefs: readonly (BackendReference & {
    readonly weight?: number | undefined;
    readonly fallback?: boolean | undefined;
  })[];
  /** In place of `backendRefs`, where there are none. */
  readonly host?: string;
  readonly port: number;
}

/** All of them, metrics aside. */
export function* destinationsOf({ accessLog, tracing }: ProxyTelemetry): Generator<TelemetryDestination> {
  for (const [i, { sinks }] of (accessLog?.disable ? [] : (accessLog?.settings ?? [])).entries()) {
    for (const [j, { als, openTelemetry }] of sinks.entries()) {
      if (als) yield destination(telemetryFields.accessLog(i, j, "als"), als, "http2");
      if (openTelemetry) yield destination(telemetryFields.accessLog(i, j, "openTelemetry"), openTelemetry, "http2");
    }
  }
  if (!tracing) return;
  // Zipkin and Datadog take JSON and MessagePack over plain HTTP.
  yield destination(
    telemetryFields.tracing,
    tracing.provider,
    tracing.provider.type === "OpenTelemetry" ? "http2" : "http1",
  );
}

/** Those of metrics, which an Envoy must know when it starts. */
export function metricsDestinations({ metrics }: ProxyTelemetry): readonly TelemetryDestination[] {
  return (metrics?.sinks ?? []).flatMap(({ openTelemetry }, i) =>
    openTelemetry ? [destination(telemetryFields.metrics(i), openTelemetry, "http2")] : [],
  );
}

function destination(
  field: string,
  from: {
    readonly backendRefs?: TelemetryDestination["backendRefs"] | undefined;
    readonly host?: string | undefined;
    readonly port?: number | undefined;
  },
  protocol: TelemetryDestination["protocol"],
): TelemetryDestination {
  const { backendRefs = [], host, port = 4317 } = from;
  return { field, protocol, backendRefs, port, ...(host ? { host } : {}) };
}
