import type { MessageInitShape } from "@bufbuild/protobuf";
import type { EnvoyHTTPHeader } from "../../api/v1alpha1/shared/http-header.ts";
import type { GrpcServiceSchema } from "../../gen/envoy/config/core/v3/grpc_service_pb.js";
import type { TelemetryTarget } from "../gateways/proxy-settings.ts";

/** A collector that is spoken to in gRPC. `headers`: sent with every call. */
export function grpcService(
  { cluster, host }: TelemetryTarget,
  headers: readonly EnvoyHTTPHeader[] = [],
): MessageInitShape<typeof GrpcServiceSchema> {
  return {
    targetSpecifier: { case: "envoyGrpc", value: { clusterName: cluster, authority: host } },
    initialMetadata: headers.map(({ name, value }) => ({ key: name, value })),
  };
}
