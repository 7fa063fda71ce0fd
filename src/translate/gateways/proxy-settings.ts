import type { EnvoyProxySpec } from "../../api/v1alpha1/envoyproxy/spec.ts";

/** A backend that telemetry is sent to, found. */
export interface TelemetryTarget {
  readonly cluster: string;
  /** Host by which it is spoken to. */
  readonly host: string;
}

/** What telemetry needs to know besides its settings. */
export interface TelemetrySetup {
  /**
   * Backends of `telemetry`, by the path of the field that names them (`spec.telemetry.tracing.provider`); a path is missing where they
   * were not found.
   */
  readonly targets: Readonly<Record<string, TelemetryTarget>>;
  /** Name of logs that have none of their own. */
  readonly logName: string;
  /** Name of the proxies in traces, unless the settings have one. */
  readonly serviceName: string;
}

/** Settings of an EnvoyProxy as they come out of several of them; every field may be absent, so that nobody has to set any. */
export type ProxySettings = Partial<EnvoyProxySpec> & {
  /** Absent where nothing is sent anywhere. */
  readonly telemetrySetup?: TelemetrySetup;
};

const metricsField = "spec.telemetry.metrics";

/** Path of a sink's own field, see {@link TelemetrySetup.targets}. */
export const telemetryFields = {
  accessLog: (setting: number, sink: number, type: "als" | "openTelemetry"): string =>
    `spec.telemetry.accessLog.settings[${setting}].sinks[${sink}].${type}`,
  tracing: "spec.telemetry.tracing.provider",
  metrics: (sink: number): string => `${metricsField}.sinks[${sink}].openTelemetry`,
};

/** Clusters that listeners name; those of metrics are named by the bootstrap alone. */
export function telemetryClusters({ telemetrySetup }: ProxySettings): readonly string[] {
  const { targets = {} } = telemetrySetup ?? {};
  return Object.entries(targets).flatMap(([field, { cluster }]) => (field.startsWith(metricsField) ? [] : [cluster]));
}
