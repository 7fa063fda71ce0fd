import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type Filter,
  FilterChainSchema,
  FilterSchema,
} from "../../gen/envoy/config/listener/v3/listener_components_pb.js";
import { TcpProxySchema } from "../../gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js";
import { anyOf } from "../encode.ts";
import type { ProxySettings } from "../gateways/proxy-settings.ts";
import type { Hostname } from "../listeners/hostnames.ts";
import { isPassthrough, type ListenerModel } from "../listeners/model.ts";
import { EMPTY_CLUSTER, type StreamTarget } from "../routes/stream/model.ts";
import { accessLogs } from "./access-log.ts";
import { downstreamTlsSocket } from "./downstream-tls.ts";
import { matchServerName } from "./http-chain.ts";

/** What a filter chain that hands connections on is made from. */
export interface StreamChainInput {
  /** Name of the chain. */
  readonly name: string;
  readonly serverName: Hostname;
  /** Never empty. */
  readonly targets: readonly StreamTarget[];
  /** Port that Envoy binds. */
  readonly bindPort: number;
  readonly proxy: ProxySettings;
}

/** The encoded chain for the connections of a TCP or TLS listener to one server name. */
export function streamChain(listener: ListenerModel, input: StreamChainInput): Uint8Array {
  const { certificates } = listener;
  return toBinary(
    FilterChainSchema,
    create(FilterChainSchema, {
      name: input.name,
      ...matchServerName(input.serverName),
      filters: [tcpProxy(`${statPrefix(listener)}-${input.bindPort}`, input)],
      ...(certificates.length > 0 ? { transportSocket: downstreamTlsSocket({ certificates, alpn: [] }) } : {}),
    }),
  );
}

/** The encoded chain for connections to a listener that no route takes: they are closed. */
export function closingChain(listener: ListenerModel, input: Pick<StreamChainInput, "bindPort" | "proxy">): Uint8Array {
  const targets = [{ cluster: EMPTY_CLUSTER, weight: 1 }];
  const plain = { ...listener, certificates: [] };
  return streamChain(plain, { ...input, name: EMPTY_CLUSTER, serverName: listener.hostname, targets });
}

function statPrefix({ listener }: ListenerModel): string {
  if (listener.protocol !== "TLS") return "tcp";
  return isPassthrough(listener) ? "tls-passthrough" : "tls-terminate";
}

function tcpProxy(prefix: string, { targets, proxy }: StreamChainInput): Filter {
  const config = create(TcpProxySchema, {
    statPrefix: prefix,
    clusterSpecifier: clusterSpecifier(targets),
    accessLog: accessLogs(proxy, "requests"),
  });
  return create(FilterSchema, {
    name: "envoy.filters.network.tcp_proxy",
    configType: { case: "typedConfig", value: anyOf(TcpProxySchema, config) },
  });
}

type ClusterSpecifier = NonNullable<MessageInitShape<typeof TcpProxySchema>["clusterSpecifier"]>;

function clusterSpecifier(targets: readonly StreamTarget[]): ClusterSpecifier {
  const [only, ...others] = targets;
  if (others.length === 0) return { case: "cluster", value: only?.cluster ?? EMPTY_CLUSTER };
  const clusters = targets.map(({ cluster, weight }) => ({ name: cluster, weight }));
  return { case: "weightedClusters", value: { clusters } };
}
