import { create } from "@bufbuild/protobuf";
import { HttpProtocolOptions_HeadersWithUnderscoresAction } from "../../gen/envoy/config/core/v3/protocol_pb.js";
import { type Filter, FilterSchema } from "../../gen/envoy/config/listener/v3/listener_components_pb.js";
import {
  HttpConnectionManager_PathWithEscapedSlashesAction,
  HttpConnectionManager_ServerHeaderTransformation,
  HttpConnectionManagerSchema,
} from "../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { ads, anyOf } from "../encode.ts";
import type { ProxySettings } from "../gateways/proxy-settings.ts";
import type { HttpFilterSlot } from "../routes/http/filter-slots.ts";
import { accessLogs } from "./access-log.ts";
import { httpFilters } from "./http-filters.ts";
import { requestIdExtension } from "./request-id.ts";
import { tracing } from "./tracing.ts";

/** What one HTTP connection manager is made from. Nothing here depends on routes. */
export interface HttpConnectionManagerInput {
  readonly statPrefix: string;
  /** Name of the RouteConfiguration, fetched over ADS. */
  readonly routeTable: string;
  readonly proxy: ProxySettings;
  readonly slots: readonly HttpFilterSlot[];
}

/**
 * The network filter that speaks HTTP. Hardened as the original's: underscores in header names are rejected, paths normalized,
 * escaped slashes redirected, HTTP/2 windows small; the `server` header is the backend's and no `x-envoy-` header leaves.
 */
export function httpConnectionManager({ statPrefix, routeTable, proxy, slots }: HttpConnectionManagerInput): Filter {
  const traces = tracing(proxy);
  const requestId = requestIdExtension(proxy.telemetry);
  const manager = create(HttpConnectionManagerSchema, {
    statPrefix,
    routeSpecifier: { case: "rds", value: { routeConfigName: routeTable, configSource: ads(0) } },
    httpFilters: httpFilters(slots, proxy),
    accessLog: accessLogs(proxy, "requests"),
    ...(traces ? { tracing: traces } : {}),
    ...(requestId ? { requestIdExtension: requestId } : {}),
    useRemoteAddress: true,
    normalizePath: true,
    mergeSlashes: true,
    pathWithEscapedSlashesAction: HttpConnectionManager_PathWithEscapedSlashesAction.UNESCAPE_AND_REDIRECT,
    serverHeaderTransformation: HttpConnectionManager_ServerHeaderTransformation.PASS_THROUGH,
    commonHttpProtocolOptions: {
      headersWithUnderscoresAction: HttpProtocolOptions_HeadersWithUnderscoresAction.REJECT_REQUEST,
    },
    http2ProtocolOptions: {
      initialStreamWindowSize: 65536,
      initialConnectionWindowSize: 1048576,
      maxConcurrentStreams: 100,
    },
  });
  return create(FilterSchema, {
    name: "envoy.filters.network.http_connection_manager",
    configType: { case: "typedConfig", value: anyOf(HttpConnectionManagerSchema, manager) },
  });
}
