import { create } from "@bufbuild/protobuf";
import { RouterSchema } from "../../gen/envoy/extensions/filters/http/router/v3/router_pb.js";
import {
  type HttpFilter,
  HttpFilterSchema,
} from "../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { ads, anyOf } from "../encode.ts";
import type { ProxySettings } from "../gateways/proxy-settings.ts";
import { GRPC_STATS_FILTER } from "../routes/grpc/options.ts";
import type { HttpFilterSlot } from "../routes/http/filter-slots.ts";
import { accessLogs } from "./access-log.ts";

/**
 * The HTTP filters of a chain: every slot in the given order, disabled, and the router at the end. Filters that a fleet's settings
 * switch off are left out; routes that switch them on are then served without.
 */
export function httpFilters(slots: readonly HttpFilterSlot[], proxy: ProxySettings): HttpFilter[] {
  const countsCalls = proxy.telemetry?.metrics?.enableGRPCStats !== false;
  const wanted = countsCalls ? slots : slots.filter(({ name }) => name !== GRPC_STATS_FILTER);
  return [...wanted.map(disabledFilter), router(proxy)];
}

function disabledFilter({ name, config }: HttpFilterSlot): HttpFilter {
  if (!("discoveredAs" in config)) {
    return create(HttpFilterSchema, { name, disabled: true, configType: { case: "typedConfig", value: config } });
  }
  return create(HttpFilterSchema, {
    name: config.discoveredAs,
    disabled: true,
    configType: { case: "configDiscovery", value: { configSource: ads(), typeUrls: [config.typeUrl] } },
  });
}

/** Attempts at backends are logged when they begin, as long ones would else be known late, and when they end. */
function router(proxy: ProxySettings): HttpFilter {
  const upstreamLog = accessLogs(proxy, "attempts");
  const config = create(RouterSchema, {
    suppressEnvoyHeaders: true,
    upstreamLog,
    ...(upstreamLog.length > 0 ? { upstreamLogOptions: { flushUpstreamLogOnUpstreamStream: true } } : {}),
  });
  return create(HttpFilterSchema, {
    name: "envoy.filters.http.router",
    configType: { case: "typedConfig", value: anyOf(RouterSchema, config) },
  });
}
