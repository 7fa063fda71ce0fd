/**
 * HTTP filters that the listener must have for the routes of this folder; each does nothing until a route configures
 * it.
 */
import { create } from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import { ExtensionWithMatcherSchema } from "../../../gen/envoy/extensions/common/matching/v3/extension_matcher_pb.js";
import { CompositeSchema } from "../../../gen/envoy/extensions/filters/http/composite/v3/composite_pb.js";
import { CorsSchema } from "../../../gen/envoy/extensions/filters/http/cors/v3/cors_pb.js";
import { FilterConfigSchema as GrpcStatsSchema } from "../../../gen/envoy/extensions/filters/http/grpc_stats/v3/config_pb.js";
import { GrpcWebSchema } from "../../../gen/envoy/extensions/filters/http/grpc_web/v3/grpc_web_pb.js";
import { StatefulSessionSchema } from "../../../gen/envoy/extensions/filters/http/stateful_session/v3/stateful_session_pb.js";
import { GRPC_STATS_FILTER, GRPC_WEB_FILTER } from "../grpc/options.ts";
import { CORS_FILTER } from "./cors.ts";
import { inertLoopbackFilter, LOOPBACK_FILTER } from "./dynamic-backend.ts";
import { EXT_AUTHZ_FILTER } from "./external-auth.ts";
import { STATEFUL_SESSION_FILTER } from "./session.ts";

/**
 * An HTTP filter that routes and policies can switch on. All of them are in every chain, disabled: Envoy does not even create a
 * disabled filter for a request, and since no edit of a route or policy changes the chain, none drains connections.
 */
export interface HttpFilterSlot {
  readonly name: string;
  /** Inert configuration; or, for filters whose settings cannot stand in a route, their place in extension discovery. */
  readonly config: Any | { readonly discoveredAs: string; readonly typeUrl: string };
}

/**
 * In the order in which requests pass them. All are to be `disabled` in the chain: a route's configuration enables
 * them.
 */
export const routeFilterSlots: readonly { readonly name: string; readonly config: Any }[] = [
  { name: CORS_FILTER, config: anyPack(CorsSchema, create(CorsSchema)) },
  { name: EXT_AUTHZ_FILTER, config: choiceOfRoute() },
  { name: STATEFUL_SESSION_FILTER, config: anyPack(StatefulSessionSchema, create(StatefulSessionSchema)) },
  { name: GRPC_WEB_FILTER, config: anyPack(GrpcWebSchema, create(GrpcWebSchema)) },
  { name: GRPC_STATS_FILTER, config: grpcStats() },
  { name: LOOPBACK_FILTER, config: inertLoopbackFilter() },
];

/** Counts by method; methods are taken from the calls, of which only those a GRPCRoute allows come here. */
function grpcStats(): Any {
  return anyPack(
    GrpcStatsSchema,
    create(GrpcStatsSchema, {
      emitFilterState: true,
      perMethodStatSpecifier: { case: "statsForAllMethods", value: { value: true } },
    }),
  );
}

/** A place for a filter whose whole configuration, type included, is the route's. */
function choiceOfRoute(): Any {
  return anyPack(
    ExtensionWithMatcherSchema,
    create(ExtensionWithMatcherSchema, {
      xdsMatcher: {},
      extensionConfig: {
        name: "envoy.filters.http.composite",
        typedConfig: anyPack(CompositeSchema, create(CompositeSchema)),
      },
    }),
  );
}
