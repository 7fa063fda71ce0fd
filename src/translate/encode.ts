import { create, type DescMessage, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";
import { ApiVersion, type ConfigSource, ConfigSourceSchema } from "../gen/envoy/config/core/v3/config_source_pb.js";

/** The stream that carries everything else: resources named in a resource come over the same ADS stream. */
export function ads(initialFetchTimeoutSeconds?: number): ConfigSource {
  return create(ConfigSourceSchema, {
    resourceApiVersion: ApiVersion.V3,
    configSourceSpecifier: { case: "ads", value: {} },
    ...(initialFetchTimeoutSeconds === undefined
      ? {}
      : { initialFetchTimeout: { seconds: BigInt(initialFetchTimeoutSeconds), nanos: 0 } }),
  });
}

/** Wraps a message that is encoded already; its type URL is that of `schema`. */
export function anyOfBytes(schema: DescMessage, value: Uint8Array): Any {
  return create(AnySchema, { typeUrl: `type.googleapis.com/${schema.typeName}`, value });
}

/** Wraps a message. Encoding is deterministic for messages without maps; map keys are encoded in insertion order. */
export function anyOf<T extends DescMessage>(schema: T, message: MessageShape<T>): Any {
  return anyOfBytes(schema, toBinary(schema, message));
}
