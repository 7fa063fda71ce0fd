/** Traces of requests. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import { compareText } from "../../api/object.ts";
import type { CustomTag, ProxyTracing, TracingProvider } from "../../api/v1alpha1/envoyproxy/tracing.ts";
import { DatadogConfigSchema } from "../../gen/envoy/config/trace/v3/datadog_pb.js";
import { OpenTelemetryConfigSchema } from "../../gen/envoy/config/trace/v3/opentelemetry_pb.js";
import {
  ZipkinConfig_CollectorEndpointVersion,
  ZipkinConfigSchema,
} from "../../gen/envoy/config/trace/v3/zipkin_pb.js";
import type { HttpConnectionManager_TracingSchema } from "../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import type { CustomTagSchema } from "../../gen/envoy/type/tracing/v3/custom_tag_pb.js";
import { type ProxySettings, type TelemetryTarget, telemetryFields } from "../gateways/proxy-settings.ts";
import { otelResource, otelSampler } from "../telemetry/otel-options.ts";
import { grpcService } from "../telemetry/telemetry-service.ts";

type Tracing = MessageInitShape<typeof HttpConnectionManager_TracingSchema> & { readonly $typeName?: never };

/** Tracing of a connection manager; none where nothing is traced, or where the spans' destination was not found. */
export function tracing({ telemetry, telemetrySetup }: ProxySettings): Tracing | undefined {
  const wanted = telemetry?.tracing;
  const target = telemetrySetup?.targets[telemetryFields.tracing];
  if (!wanted || !target) return undefined;
  const { name, config } = provider(wanted.provider, target, wanted.provider.serviceName ?? telemetrySetup.serviceName);
  return {
    ...sampling(wanted),
    // A request to a backend is a span of its own, child of the client's request.
    spawnUpstreamSpan: true,
    customTags: tags(wanted),
    provider: { name, configType: { case: "typedConfig", value: config } },
    ...(wanted.spanName ? { operation: wanted.spanName.server, upstreamOperation: wanted.spanName.client } : {}),
  };
}

/** A client's wish to be traced (x-client-trace-id) counts only if the settings say so. */
function sampling(wanted: ProxyTracing): Pick<Tracing, "clientSampling" | "randomSampling" | "overallSampling"> {
  const { samplingRate = 100, samplingFraction, clientSamplingFraction, overallSamplingFraction } = wanted;
  return {
    clientSampling: { value: percent(clientSamplingFraction) ?? 0 },
    randomSampling: { value: percent(samplingFraction) ?? samplingRate },
    overallSampling: { value: percent(overallSamplingFraction) ?? 100 },
  };
}

type Fraction = NonNullable<ProxyTracing["samplingFraction"]>;

function percent(fraction: Fraction | undefined): number | undefined {
  return fraction && Math.min(100, (fraction.numerator * 100) / (fraction.denominator ?? 100));
}

interface Provider {
  readonly name: string;
  readonly config: Any;
}

function provider(wanted: TracingProvider, target: TelemetryTarget, serviceName: string): Provider {
  const providers: Readonly<Record<TracingProvider["type"], () => Provider>> = {
    OpenTelemetry: () => openTelemetry(wanted, target, serviceName),
    Zipkin: () => zipkin(wanted, target),
    Datadog: () => datadog(target, serviceName),
  };
  return providers[wanted.type]();
}

function openTelemetry(wanted: TracingProvider, target: TelemetryTarget, serviceName: string): Provider {
  const { headers, resourceAttributes, sampler } = wanted.openTelemetry ?? {};
  const message = create(OpenTelemetryConfigSchema, {
    grpcService: grpcService(target, headers),
    serviceName,
    resourceDetectors: otelResource(resourceAttributes),
    ...(sampler ? { sampler: otelSampler(sampler) } : {}),
  });
  return { name: "envoy.tracers.opentelemetry", config: anyPack(OpenTelemetryConfigSchema, message) };
}

function zipkin({ zipkin: options }: TracingProvider, { cluster, host }: TelemetryTarget): Provider {
  const message = create(ZipkinConfigSchema, {
    collectorCluster: cluster,
    collectorHostname: host,
    collectorEndpoint: "/api/v2/spans",
    collectorEndpointVersion: ZipkinConfig_CollectorEndpointVersion.HTTP_JSON,
    traceId128bit: options?.enable128BitTraceId ?? false,
    sharedSpanContext: !(options?.disableSharedSpanContext ?? false),
  });
  return { name: "envoy.tracers.zipkin", config: anyPack(ZipkinConfigSchema, message) };
}

function datadog({ cluster, host }: TelemetryTarget, serviceName: string): Provider {
  const message = create(DatadogConfigSchema, { collectorCluster: cluster, collectorHostname: host, serviceName });
  return { name: "envoy.tracers.datadog", config: anyPack(DatadogConfigSchema, message) };
}

type EnvoyTag = MessageInitShape<typeof CustomTagSchema>;

/** Sorted by name; where both lists have a name the newer one, `tags`, counts. */
function tags({ tags: formats = {}, customTags = {} }: ProxyTracing): EnvoyTag[] {
  const all = new Map<string, EnvoyTag["type"]>();
  for (const [tag, custom] of Object.entries(customTags)) {
    const type = customTag(custom);
    if (type) all.set(tag, type);
  }
  for (const [tag, value] of Object.entries(formats)) all.set(tag, { case: "value", value });
  return [...all]
    .sort(([a], [b]) => compareText(a, b))
    .map(([tag, type]): EnvoyTag => ({ tag, ...(type ? { type } : {}) }));
}

function customTag({ type, literal, environment, requestHeader }: CustomTag): EnvoyTag["type"] {
  if (type === "Literal") return literal && { case: "literal", value: { value: literal.value } };
  const from = type === "Environment" ? environment : requestHeader;
  if (!from) return undefined;
  const value = { name: from.name, defaultValue: from.defaultValue ?? "" };
  return type === "Environment" ? { case: "environment", value } : { case: "requestHeader", value };
}
