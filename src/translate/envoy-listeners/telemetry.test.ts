import { create } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { TypedExtensionConfigSchema } from "../../gen/envoy/config/core/v3/extension_pb.js";
import { DatadogConfigSchema } from "../../gen/envoy/config/trace/v3/datadog_pb.js";
import { ZipkinConfigSchema } from "../../gen/envoy/config/trace/v3/zipkin_pb.js";
import { FileAccessLogSchema } from "../../gen/envoy/extensions/access_loggers/file/v3/file_pb.js";
import { ParentBasedSamplerConfigSchema } from "../../gen/envoy/extensions/tracers/opentelemetry/samplers/v3/parent_based_sampler_pb.js";
import { TraceIdRatioBasedSamplerConfigSchema } from "../../gen/envoy/extensions/tracers/opentelemetry/samplers/v3/trace_id_ratio_based_sampler_pb.js";
import { type ProxySettings, telemetryFields } from "../gateways/proxy-settings.ts";
import { otelSampler } from "../telemetry/otel-options.ts";
import { accessLogs } from "./access-log.ts";
import { logFilter } from "./access-log-filter.ts";
import { requestIdExtension } from "./request-id.ts";
import { tracing } from "./tracing.ts";

type Telemetry = NonNullable<ProxySettings["telemetry"]>;
type Settings = NonNullable<NonNullable<Telemetry["accessLog"]>["settings"]>;

const withLogs = (settings: Settings, fields: readonly string[] = []): ProxySettings => ({
  telemetry: { accessLog: { settings } },
  telemetrySetup: {
    targets: Object.fromEntries(fields.map((field) => [field, { cluster: "c", host: "h" }])),
    logName: "ns/proxy",
    serviceName: "eg.ns",
  },
});
const file = (path: string) => [{ type: "File" as const, file: { path } }];
const paths = (proxy: ProxySettings, place: Parameters<typeof accessLogs>[1]) =>
  accessLogs(proxy, place).map(({ configType }) =>
    configType.case === "typedConfig" ? anyUnpack(configType.value, FileAccessLogSchema)?.path : undefined,
  );

test("each type of setting logs in its place, one without a type requests and lost connections", () => {
  const proxy = withLogs([
    { type: "Route", sinks: file("route") },
    { type: "Listener", sinks: file("listener") },
    { type: "Upstream", sinks: file("upstream") },
    { sinks: file("any") },
  ]);
  expect(paths(proxy, "requests")).toEqual(["route", "any"]);
  expect(paths(proxy, "connections")).toEqual(["listener", "any"]);
  expect(paths(proxy, "attempts")).toEqual(["upstream"]);
  expect(accessLogs(proxy, "connections").map(({ filter }) => filter?.filterSpecifier.case)).toEqual([
    undefined,
    "responseFlagFilter",
  ]);
});

test("without settings there is the default log, and none when it is switched off", () => {
  expect(paths({}, "requests")).toEqual(["/dev/stdout"]);
  expect(paths({}, "attempts")).toEqual([]);
  expect(accessLogs({ telemetry: { accessLog: { disable: true } } }, "requests")).toEqual([]);
});

test("a sink whose backend was not found is left out, the others stay", () => {
  const als = { type: "ALS" as const, als: { type: "TCP" as const } };
  const both: Settings = [{ type: "Route", sinks: [als, als] }];
  expect(accessLogs(withLogs(both), "requests")).toEqual([]);
  const found = accessLogs(withLogs(both, [telemetryFields.accessLog(0, 1, "als")]), "requests");
  expect(found.map(({ name }) => name)).toEqual(["envoy.access_loggers.tcp_grpc"]);
});

test("expressions are alternatives, and all of them meet the flags; what is no CEL lets nothing through", () => {
  expect(logFilter([], [])).toBeUndefined();
  expect(logFilter(["a"], [])?.filterSpecifier?.case).toBe("extensionFilter");
  expect(logFilter(["a", "b"], [])?.filterSpecifier?.case).toBe("orFilter");
  expect(logFilter(["a", "b"], ["NR"])?.filterSpecifier?.case).toBe("andFilter");
  expect(logFilter(["a", "b >="], [])).toEqual(logFilter(["a"], []));
  expect(logFilter(["b >="], [])).toEqual(logFilter(["false"], []));
});

const traced = (wanted: Partial<Telemetry["tracing"] & object>): ProxySettings => ({
  telemetry: { tracing: { provider: { type: "OpenTelemetry", port: 4317 }, ...wanted } },
  telemetrySetup: {
    targets: { [telemetryFields.tracing]: { cluster: "c", host: "h" } },
    logName: "",
    serviceName: "eg.ns",
  },
});
const providerOf = (proxy: ProxySettings) => {
  const config = tracing(proxy)?.provider?.configType;
  if (config?.case !== "typedConfig" || !config.value) throw new Error("no provider");
  return config.value;
};

test.each([
  [{}, [0, 100, 100]],
  [{ samplingRate: 7 }, [0, 7, 100]],
  [{ samplingFraction: { numerator: 1, denominator: 1000 } }, [0, 0.1, 100]],
  [
    {
      clientSamplingFraction: { numerator: 50, denominator: 100 },
      overallSamplingFraction: { numerator: 1, denominator: 4 },
    },
    [50, 100, 25],
  ],
])("sampling %j", (wanted, [client, random, overall]) => {
  expect(tracing(traced(wanted))).toMatchObject({
    clientSampling: { value: client },
    randomSampling: { value: random },
    overallSampling: { value: overall },
  });
});

test("nothing is traced where the destination was not found", () => {
  const { telemetry } = traced({});
  expect(tracing(telemetry ? { telemetry } : {})).toBeUndefined();
});

test("Zipkin and Datadog are told their options", () => {
  const zipkin = {
    type: "Zipkin",
    port: 4317,
    zipkin: { enable128BitTraceId: true, disableSharedSpanContext: true },
  } as const;
  expect(anyUnpack(providerOf(traced({ provider: zipkin })) as never, ZipkinConfigSchema)).toMatchObject({
    collectorCluster: "c",
    collectorHostname: "h",
    traceId128bit: true,
    sharedSpanContext: false,
  });
  const datadog = { type: "Datadog", port: 4317 } as const;
  expect(anyUnpack(providerOf(traced({ provider: datadog })) as never, DatadogConfigSchema)?.serviceName).toBe("eg.ns");
});

test("tags win over customTags of the same name, and come in order", () => {
  const proxy = traced({
    tags: { b: "%PROTOCOL%" },
    customTags: {
      b: { type: "Literal", literal: { value: "old" } },
      a: { type: "Environment", environment: { name: "HOME" } },
    },
  });
  expect(tracing(proxy)?.customTags?.map(({ tag, type }) => [tag, type?.case])).toEqual([
    ["a", "environment"],
    ["b", "value"],
  ]);
});

test.each([
  ["AlwaysOn", undefined],
  ["AlwaysOff", 0],
  ["TraceIdRatio", 500_000],
] as const)("sampler %s, alone and behind the parent's decision", (type, share) => {
  const samplingPercentage = { numerator: 1, denominator: 2 };
  const ratio = type === "TraceIdRatio" ? { samplingPercentage } : {};
  const read = (config: ReturnType<typeof otelSampler> | undefined) => {
    const { typedConfig } = create(TypedExtensionConfigSchema, config);
    return typedConfig && anyUnpack(typedConfig, TraceIdRatioBasedSamplerConfigSchema)?.samplingPercentage?.numerator;
  };
  expect(read(otelSampler({ type, ...ratio }))).toBe(share);
  const { typedConfig } = create(TypedExtensionConfigSchema, otelSampler({ type: `ParentBased${type}`, ...ratio }));
  const wrapped = typedConfig && anyUnpack(typedConfig, ParentBasedSamplerConfigSchema)?.wrappedSampler;
  expect(wrapped && read(wrapped)).toBe(share);
});

test("request ids are left to Envoy's default unless something else is wanted", () => {
  expect(requestIdExtension(undefined)).toBeUndefined();
  expect(requestIdExtension({ requestID: { tracing: "PackAndSample" } })).toBeUndefined();
  expect(requestIdExtension({ requestID: { tracing: "Disable" } })).toBeDefined();
});
