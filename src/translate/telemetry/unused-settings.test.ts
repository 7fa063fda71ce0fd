import { expect, test } from "vitest";
import type { EnvoyProxySpec } from "../../api/v1alpha1/envoyproxy/spec.ts";
import { unusedSettings } from "./unused-settings.ts";

const spec = (fields: Partial<EnvoyProxySpec>): EnvoyProxySpec => ({
  logging: { level: { default: "warn" } },
  ...fields,
});
const backendSettings = {};

test("settings that do something are not named", () => {
  expect(unusedSettings(undefined)).toEqual([]);
  const telemetry: EnvoyProxySpec["telemetry"] = {
    tracing: { provider: { type: "Zipkin", port: 9411, host: "z" }, samplingRate: 5 },
    metrics: {
      enableVirtualHostStats: true,
      sinks: [{ type: "OpenTelemetry", openTelemetry: { port: 4317, host: "o" } }],
    },
    requestID: { tracing: "Pack" },
  };
  expect(unusedSettings(spec({ telemetry, mergeGateways: true }))).toEqual([]);
});

test("those that do nothing are named with their paths", () => {
  const openTelemetry = { port: 4317, host: "o", backendSettings };
  const telemetry: EnvoyProxySpec["telemetry"] = {
    accessLog: { settings: [{ sinks: [{ type: "OpenTelemetry", openTelemetry }] }] },
    tracing: { provider: { type: "Zipkin", port: 9411, host: "z", backendSettings } },
    metrics: { clusterStatName: "%ROUTE_NAME%", sinks: [{ type: "OpenTelemetry", openTelemetry }] },
  };
  expect(unusedSettings(spec({ telemetry, routingType: "Service" }))).toEqual([
    "spec.routingType",
    "spec.telemetry.metrics.clusterStatName",
    "spec.telemetry.accessLog.settings[0].sinks[0].openTelemetry.backendSettings",
    "spec.telemetry.tracing.provider.backendSettings",
    "spec.telemetry.metrics.sinks[0].openTelemetry.backendSettings",
  ]);
});
