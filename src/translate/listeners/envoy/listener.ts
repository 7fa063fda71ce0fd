import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import type { AddressSchema } from "../../../gen/envoy/config/core/v3/address_pb.js";
import {
  type FilterChain,
  FilterChainMatchSchema,
  FilterChainSchema,
  ListenerFilterSchema,
} from "../../../gen/envoy/config/listener/v3/listener_components_pb.js";
import { type Listener, ListenerSchema } from "../../../gen/envoy/config/listener/v3/listener_pb.js";
import { TlsInspectorSchema } from "../../../gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.js";
import type { Resource } from "../../../xds/resources.ts";
import { anyOf } from "../../encode.ts";
import type { ProxySettings } from "../../gateways/proxy-settings.ts";
import { anyHost } from "../hostnames.ts";
import type { ListenerModel } from "../model.ts";
import { accessLogs } from "./access-log.ts";
import { downstreamTlsSocket } from "./downstream-tls.ts";
import { httpConnectionManager } from "./http-connection-manager.ts";
import type { HttpFilterSlot } from "./http-filters.ts";

/** What the Envoy listener of one port is made from. */
export interface EnvoyListenerInput {
  /** Served listeners of the port in their order; all plain HTTP, or all HTTPS. */
  readonly listeners: readonly ListenerModel[];
  readonly name: string;
  /** Port that Envoy binds. */
  readonly bindPort: number;
  readonly proxy: ProxySettings;
  readonly slots: readonly HttpFilterSlot[];
  /** Name of the route table of a listener. */
  readonly tableName: (listener: ListenerModel) => string;
}

/** Builds the Envoy listener of one port: one filter chain for plain HTTP, one per listener chosen by SNI for HTTPS. */
export function envoyListener(input: EnvoyListenerInput): Resource {
  const { listeners, name, proxy } = input;
  const isTls = listeners[0]?.listener.protocol === "HTTPS";
  const message = create(ListenerSchema, {
    name,
    address: bindAddress(input.bindPort, proxy),
    accessLog: accessLogs(proxy, "connections"),
    perConnectionBufferLimitBytes: 32768,
    maxConnectionsToAcceptPerSocketEvent: 1,
    ...(isTls ? tlsChains(input) : plainChain(input)),
  });
  return {
    name,
    bytes: toBinary(ListenerSchema, message),
    from: [...new Set(listeners.map(({ gateway }) => `Gateway ${gateway}`))],
  };
}

function bindAddress(port: number, proxy: ProxySettings): MessageInitShape<typeof AddressSchema> {
  const isV6 = proxy.ipFamily === "IPv6" || proxy.ipFamily === "DualStack";
  return {
    address: {
      case: "socketAddress",
      value: {
        address: isV6 ? "::" : "0.0.0.0",
        ipv4Compat: proxy.ipFamily === "DualStack",
        portSpecifier: { case: "portValue", value: port },
      },
    },
  };
}

function plainChain(input: EnvoyListenerInput): Pick<Listener, "defaultFilterChain"> {
  const [first] = input.listeners;
  const routeTable = first ? input.tableName(first) : input.name;
  return { defaultFilterChain: chain(input, routeTable, `http-${input.bindPort}`) };
}

/** SNI decides which chain, and so which certificates and routes, a connection gets. The listener without hostname takes the rest. */
function tlsChains(input: EnvoyListenerInput): Pick<Listener, "filterChains" | "listenerFilters"> {
  const chains = input.listeners.map((listener) => {
    const built = chain(input, input.tableName(listener), `https-${input.bindPort}`);
    built.transportSocket = downstreamTlsSocket(listener.certificates, listener.isHttp2Safe);
    if (listener.hostname !== anyHost) {
      built.filterChainMatch = create(FilterChainMatchSchema, { serverNames: [listener.hostname] });
    }
    return built;
  });
  return {
    filterChains: chains,
    listenerFilters: [
      create(ListenerFilterSchema, {
        name: "envoy.filters.listener.tls_inspector",
        configType: { case: "typedConfig", value: anyOf(TlsInspectorSchema, create(TlsInspectorSchema)) },
      }),
    ],
  };
}

function chain(input: EnvoyListenerInput, routeTable: string, statPrefix: string): FilterChain {
  return create(FilterChainSchema, {
    name: routeTable,
    filters: [httpConnectionManager({ statPrefix, routeTable, proxy: input.proxy, slots: input.slots })],
  });
}
