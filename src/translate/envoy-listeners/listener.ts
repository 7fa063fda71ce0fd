import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type AddressSchema, SocketAddress_Protocol } from "../../gen/envoy/config/core/v3/address_pb.js";
import {
  type FilterChain,
  type ListenerFilter,
  ListenerFilterSchema,
} from "../../gen/envoy/config/listener/v3/listener_components_pb.js";
import { ListenerSchema } from "../../gen/envoy/config/listener/v3/listener_pb.js";
import { TlsInspectorSchema } from "../../gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.js";
import { anyOf } from "../encode.ts";
import type { ProxySettings } from "../gateways/proxy-settings.ts";
import { concatBytes, lengthDelimited } from "../wire.ts";
import { accessLogs } from "./access-log.ts";
import { udpProxy } from "./udp-proxy.ts";

/** What every Envoy listener is made from. */
export interface EnvoyListenerInput {
  readonly name: string;
  /** Port that Envoy binds. */
  readonly bindPort: number;
  readonly proxy: ProxySettings;
}

/** Field number of `Listener.filter_chains`. */
const filterChainsField = 3;

/** The encoded listener of a port that hands every connection to one chain. */
export function plainListener(input: EnvoyListenerInput, chain: FilterChain): Uint8Array {
  return toBinary(ListenerSchema, create(ListenerSchema, { ...tcpFields(input), defaultFilterChain: chain }));
}

/** The encoded listener of a port on which connections are told apart by SNI, or not at all. `chains` are encoded. */
export function chainsListener(
  input: EnvoyListenerInput,
  chains: readonly Uint8Array[],
  { isTls }: { readonly isTls: boolean },
): Uint8Array {
  const listenerFilters = isTls ? [tlsInspector] : [];
  const head = toBinary(ListenerSchema, create(ListenerSchema, { ...tcpFields(input), listenerFilters }));
  return concatBytes([head, ...chains.map((chain) => lengthDelimited(filterChainsField, chain))]);
}

/** The encoded listener of a UDP port, which has no chains. */
export function udpListener(input: EnvoyListenerInput, cluster: string): Uint8Array {
  const message = create(ListenerSchema, {
    ...commonFields(input, SocketAddress_Protocol.UDP),
    listenerFilters: [udpProxy(cluster, input.proxy)],
  });
  return toBinary(ListenerSchema, message);
}

type ListenerInit = Exclude<MessageInitShape<typeof ListenerSchema>, { $typeName: string }>;

function tcpFields(input: EnvoyListenerInput): ListenerInit {
  return {
    ...commonFields(input, SocketAddress_Protocol.TCP),
    perConnectionBufferLimitBytes: 32768,
    maxConnectionsToAcceptPerSocketEvent: 1,
  };
}

function commonFields({ name, bindPort, proxy }: EnvoyListenerInput, protocol: SocketAddress_Protocol): ListenerInit {
  return { name, address: bindAddress(bindPort, proxy, protocol), accessLog: accessLogs(proxy, "connections") };
}

function bindAddress(
  port: number,
  proxy: ProxySettings,
  protocol: SocketAddress_Protocol,
): MessageInitShape<typeof AddressSchema> {
  const isV6 = proxy.ipFamily === "IPv6" || proxy.ipFamily === "DualStack";
  return {
    address: {
      case: "socketAddress",
      value: {
        protocol,
        address: isV6 ? "::" : "0.0.0.0",
        ipv4Compat: proxy.ipFamily === "DualStack",
        portSpecifier: { case: "portValue", value: port },
      },
    },
  };
}

/** Looks for the server name in the first bytes of a connection, without decrypting anything. */
const tlsInspector: ListenerFilter = create(ListenerFilterSchema, {
  name: "envoy.filters.listener.tls_inspector",
  configType: { case: "typedConfig", value: anyOf(TlsInspectorSchema, create(TlsInspectorSchema)) },
});
