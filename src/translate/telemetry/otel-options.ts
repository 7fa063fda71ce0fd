/** Options that OpenTelemetry's spans and metrics have in common. */
import { create, type DescMessage, type MessageInitShape, type MessageShape } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import type { OpenTelemetryTracingProvider } from "../../api/v1alpha1/envoyproxy/tracing.ts";
import type { TypedExtensionConfigSchema } from "../../gen/envoy/config/core/v3/extension_pb.js";
import { StaticConfigResourceDetectorConfigSchema } from "../../gen/envoy/extensions/tracers/opentelemetry/resource_detectors/v3/static_config_resource_detector_pb.js";
import { AlwaysOnSamplerConfigSchema } from "../../gen/envoy/extensions/tracers/opentelemetry/samplers/v3/always_on_sampler_pb.js";
import { ParentBasedSamplerConfigSchema } from "../../gen/envoy/extensions/tracers/opentelemetry/samplers/v3/parent_based_sampler_pb.js";
import { TraceIdRatioBasedSamplerConfigSchema } from "../../gen/envoy/extensions/tracers/opentelemetry/samplers/v3/trace_id_ratio_based_sampler_pb.js";
import { FractionalPercent_DenominatorType as Denominator } from "../../gen/envoy/type/v3/percent_pb.js";

type Extension = MessageInitShape<typeof TypedExtensionConfigSchema>;

/** Attributes that say where spans or metrics come from; nothing for none. */
export function otelResource(attributes: Readonly<Record<string, string>> = {}): Extension[] {
  const sorted = Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
  if (Object.keys(sorted).length === 0) return [];
  const message = create(StaticConfigResourceDetectorConfigSchema, { attributes: sorted });
  return [
    extension(
      "envoy.tracers.opentelemetry.resource_detectors.static_config",
      StaticConfigResourceDetectorConfigSchema,
      message,
    ),
  ];
}

/** Who decides whether a trace is kept. Envoy has no sampler of the name AlwaysOff: it is a ratio of none. */
export function otelSampler({
  type,
  samplingPercentage,
}: NonNullable<OpenTelemetryTracingProvider["sampler"]>): Extension {
  const own = type.replace("ParentBased", "");
  const { numerator, denominator = 100 } = samplingPercentage ?? { numerator: 100 };
  const sampler = own === "AlwaysOn" ? alwaysOn() : ratio(own === "AlwaysOff" ? 0 : numerator / denominator);
  if (own === type) return sampler;
  const message = create(ParentBasedSamplerConfigSchema, { wrappedSampler: sampler });
  return extension("envoy.tracers.opentelemetry.samplers.parent_based", ParentBasedSamplerConfigSchema, message);
}

function alwaysOn(): Extension {
  const message = create(AlwaysOnSamplerConfigSchema);
  return extension("envoy.tracers.opentelemetry.samplers.always_on", AlwaysOnSamplerConfigSchema, message);
}

function ratio(share: number): Extension {
  const samplingPercentage = {
    numerator: Math.round(Math.min(1, share) * 1_000_000),
    denominator: Denominator.MILLION,
  };
  const message = create(TraceIdRatioBasedSamplerConfigSchema, { samplingPercentage });
  return extension(
    "envoy.tracers.opentelemetry.samplers.trace_id_ratio_based",
    TraceIdRatioBasedSamplerConfigSchema,
    message,
  );
}

function extension<T extends DescMessage>(name: string, schema: T, message: MessageShape<T>): Extension {
  return { name, typedConfig: anyPack(schema, message) };
}
