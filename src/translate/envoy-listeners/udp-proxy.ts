import { create } from "@bufbuild/protobuf";
import {
  type ListenerFilter,
  ListenerFilterSchema,
} from "../../gen/envoy/config/listener/v3/listener_components_pb.js";
import { RouteSchema } from "../../gen/envoy/extensions/filters/udp/udp_proxy/v3/route_pb.js";
import { UdpProxyConfigSchema } from "../../gen/envoy/extensions/filters/udp/udp_proxy/v3/udp_proxy_pb.js";
import { anyOf } from "../encode.ts";
import type { ProxySettings } from "../gateways/proxy-settings.ts";
import { accessLogs } from "./access-log.ts";

/**
 * The filter that hands datagrams on, those of one client address and port to one backend for as long as they keep coming. Datagrams to a
 * cluster that does not exist are dropped.
 */
export function udpProxy(cluster: string, proxy: ProxySettings): ListenerFilter {
  const config = create(UdpProxyConfigSchema, {
    statPrefix: "service",
    routeSpecifier: {
      case: "matcher",
      value: {
        onNoMatch: {
          onMatch: {
            case: "action",
            value: { name: "route", typedConfig: anyOf(RouteSchema, create(RouteSchema, { cluster })) },
          },
        },
      },
    },
    accessLog: accessLogs(proxy, "requests"),
  });
  return create(ListenerFilterSchema, {
    name: "envoy.filters.udp_listener.udp_proxy",
    configType: { case: "typedConfig", value: anyOf(UdpProxyConfigSchema, config) },
  });
}
