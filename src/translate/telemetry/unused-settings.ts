import type { EnvoyProxySpec } from "../../api/v1alpha1/envoyproxy/spec.ts";

/** Settings that have no effect yet; a user is told, since nothing else would show it. */
const unused: readonly (readonly [field: string, isSet: (spec: EnvoyProxySpec) => boolean])[] = [
  ["spec.filterOrder", ({ filterOrder }) => filterOrder !== undefined],
  ["spec.mergeBackends", ({ mergeBackends }) => mergeBackends !== undefined],
  ["spec.preserveRouteOrder", ({ preserveRouteOrder }) => preserveRouteOrder === true],
  ["spec.routingType", ({ routingType }) => routingType !== undefined],
  ["spec.telemetry.healthCheckLog", ({ telemetry }) => telemetry?.healthCheckLog !== undefined],
  ["spec.telemetry.metrics.clusterStatName", ({ telemetry }) => telemetry?.metrics?.clusterStatName !== undefined],
];

/** Paths of the settings of an EnvoyProxy that have no effect. */
export function unusedSettings(spec: EnvoyProxySpec | undefined): readonly string[] {
  if (!spec) return [];
  const fields = unused.flatMap(([field, isSet]) => (isSet(spec) ? [field] : []));
  return [...fields, ...backendSettings(spec)];
}

function* backendSettings({ telemetry }: EnvoyProxySpec): Generator<string> {
  for (const [i, { sinks }] of (telemetry?.accessLog?.settings ?? []).entries()) {
    for (const [j, { als, openTelemetry }] of sinks.entries()) {
      const at = `spec.telemetry.accessLog.settings[${i}].sinks[${j}]`;
      if (als?.backendSettings) yield `${at}.als.backendSettings`;
      if (openTelemetry?.backendSettings) yield `${at}.openTelemetry.backendSettings`;
    }
  }
  if (telemetry?.tracing?.provider.backendSettings) yield "spec.telemetry.tracing.provider.backendSettings";
  for (const [i, { openTelemetry }] of (telemetry?.metrics?.sinks ?? []).entries()) {
    if (openTelemetry?.backendSettings) yield `spec.telemetry.metrics.sinks[${i}].openTelemetry.backendSettings`;
  }
}
