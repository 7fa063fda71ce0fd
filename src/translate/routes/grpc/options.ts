/** What routes for gRPC calls have besides what the rule says. */
import { create } from "@bufbuild/protobuf";
import { type Any, AnySchema, anyPack } from "@bufbuild/protobuf/wkt";
import { FilterConfigSchema } from "../../../gen/envoy/config/route/v3/route_components_pb.js";
import type { ForwardOptions } from "../http/forward.ts";

/** Name of the HTTP filter that makes gRPC of gRPC-Web, which browsers speak. */
export const GRPC_WEB_FILTER = "envoy.filters.http.grpc_web";

/** Name of the HTTP filter that counts calls and messages by method. */
export const GRPC_STATS_FILTER = "envoy.filters.http.grpc_stats";

/**
 * A stream may last as long as its peers want: Envoy's default of 15 s would cut it. Calls have deadlines of their
 * clients, and five minutes of silence still end them.
 */
export const grpcForwardOptions: ForwardOptions = { protocol: "grpc", timeouts: { request: 0 }, retry: undefined };

/** Switches a filter on that is disabled in the chain, as it is configured there. */
const enabled: Any = anyPack(FilterConfigSchema, create(FilterConfigSchema, { config: create(AnySchema) }));

/** Filters that every call passes. */
export const grpcFilterConfigs: Readonly<Record<string, Any>> = {
  [GRPC_WEB_FILTER]: enabled,
  [GRPC_STATS_FILTER]: enabled,
};
