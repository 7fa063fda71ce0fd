import type { MessageInitShape } from "@bufbuild/protobuf";
import type { KeyValueSchema } from "../../gen/opentelemetry/proto/common/v1/common_pb.js";
import type { ResourceSchema } from "../../gen/opentelemetry/proto/resource/v1/resource_pb.js";
import { versionInfo } from "../version.ts";

/** Values that say more about something; in OTLP each has its type. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export function keyValues(attributes: Attributes): MessageInitShape<typeof KeyValueSchema>[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: { value: typed(value) } }));
}

type TypedValue =
  | { readonly case: "stringValue"; readonly value: string }
  | { readonly case: "boolValue"; readonly value: boolean }
  | { readonly case: "intValue"; readonly value: bigint }
  | { readonly case: "doubleValue"; readonly value: number };

function typed(value: string | number | boolean): TypedValue {
  if (typeof value === "string") return { case: "stringValue", value };
  if (typeof value === "boolean") return { case: "boolValue", value };
  return Number.isInteger(value) ? { case: "intValue", value: BigInt(value) } : { case: "doubleValue", value };
}

/** Who sends: this program. `instance` tells several of them apart. */
export function ownResource(instance: string): MessageInitShape<typeof ResourceSchema> {
  const attributes = {
    "service.name": "envoy-gateway",
    "service.version": versionInfo.envoyGatewayVersion,
    "service.instance.id": instance,
  };
  return { attributes: keyValues(attributes) };
}

/** The part of this program that measures: OTLP's instrumentation scope. */
export const ownScope = { name: "envoy-gateway", version: versionInfo.envoyGatewayVersion } as const;

/** Nanoseconds since 1970 of milliseconds since 1970, whose fraction is kept. */
export function unixNanos(ms: number): bigint {
  const whole = Math.floor(ms);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6));
}
