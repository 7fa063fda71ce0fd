import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { ProxyTelemetry } from "../../api/v1alpha1/envoyproxy/spec.ts";
import type { RequestIDExtensionSchema } from "../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { UuidRequestIdConfigSchema } from "../../gen/envoy/extensions/request_id/uuid/v3/uuid_pb.js";
import { anyOf } from "../encode.ts";

type Use = NonNullable<NonNullable<ProxyTelemetry["requestID"]>["tracing"]>;

/** Whether the decision to trace is written into the request's id, and whether it is read from it. */
const uses: Readonly<Record<Use, { readonly packs: boolean; readonly samples: boolean } | undefined>> = {
  // Envoy's default.
  PackAndSample: undefined,
  Pack: { packs: true, samples: false },
  Sample: { packs: false, samples: true },
  Disable: { packs: false, samples: false },
};

/** What request ids have to do with tracing; nothing where Envoy's default is wanted. */
export function requestIdExtension(
  telemetry: ProxyTelemetry | undefined,
): MessageInitShape<typeof RequestIDExtensionSchema> | undefined {
  const use = uses[telemetry?.requestID?.tracing ?? "PackAndSample"];
  if (!use) return undefined;
  const config = create(UuidRequestIdConfigSchema, {
    packTraceReason: use.packs,
    useRequestIdForTraceSampling: use.samples,
  });
  return { typedConfig: anyOf(UuidRequestIdConfigSchema, config) };
}
