/** Resources in the few words a person needs to judge them. */
import { fromBinary, type JsonObject, type JsonValue, type Registry, toJson } from "@bufbuild/protobuf";
import { type Any, anyUnpack } from "@bufbuild/protobuf/wkt";
import { type Cluster, ClusterSchema } from "../../src/gen/envoy/config/cluster/v3/cluster_pb.js";
import type { Address } from "../../src/gen/envoy/config/core/v3/address_pb.js";
import { HealthStatus } from "../../src/gen/envoy/config/core/v3/health_check_pb.js";
import {
  type ClusterLoadAssignment,
  ClusterLoadAssignmentSchema,
} from "../../src/gen/envoy/config/endpoint/v3/endpoint_pb.js";
import type { FilterChain } from "../../src/gen/envoy/config/listener/v3/listener_components_pb.js";
import { ListenerSchema } from "../../src/gen/envoy/config/listener/v3/listener_pb.js";
import {
  type Route,
  RouteListSchema,
  RouteSchema,
  VirtualHostSchema,
} from "../../src/gen/envoy/config/route/v3/route_components_pb.js";
import { HttpConnectionManagerSchema } from "../../src/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { TcpProxySchema } from "../../src/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js";
import { RouteSchema as UdpRouteSchema } from "../../src/gen/envoy/extensions/filters/udp/udp_proxy/v3/route_pb.js";
import {
  type UdpProxyConfig,
  UdpProxyConfigSchema,
} from "../../src/gen/envoy/extensions/filters/udp/udp_proxy/v3/udp_proxy_pb.js";
import { CertificateValidationContext_TrustChainVerification } from "../../src/gen/envoy/extensions/transport_sockets/tls/v3/common_pb.js";
import {
  type DownstreamTlsContext,
  DownstreamTlsContextSchema,
} from "../../src/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import type { Matcher_MatcherList } from "../../src/gen/xds/type/matcher/v3/matcher_pb.js";

/** Address, and for each filter chain who gets it, its route table or clusters, and certificates. */
export function digestListener(bytes: Uint8Array, types: Registry): JsonObject {
  const listener = fromBinary(ListenerSchema, bytes);
  const [filter] = listener.listenerFilters;
  const datagrams =
    filter?.configType.case === "typedConfig" ? anyUnpack(filter.configType.value, UdpProxyConfigSchema) : undefined;
  if (datagrams) return { address: `${describeAddress(listener.address)}/udp`, cluster: udpCluster(datagrams) };
  const chains = [...listener.filterChains, ...(listener.defaultFilterChain ? [listener.defaultFilterChain] : [])];
  return {
    address: describeAddress(listener.address),
    chains: chains.map((chain) => digestChain(chain, types)),
  };
}

function udpCluster({ routeSpecifier }: UdpProxyConfig): string {
  const onMatch = routeSpecifier.case === "matcher" ? routeSpecifier.value.onNoMatch?.onMatch : undefined;
  const action = onMatch?.case === "action" ? onMatch.value.typedConfig : undefined;
  return (action && anyUnpack(action, UdpRouteSchema)?.cluster) ?? "";
}

/** Where a chain without HTTP sends connections. */
function digestStream({ name, filters }: FilterChain): JsonObject | undefined {
  const config = filters[0]?.configType;
  const proxy = config?.case === "typedConfig" ? anyUnpack(config.value, TcpProxySchema) : undefined;
  const target = proxy?.clusterSpecifier;
  if (!target) return undefined;
  const clusters =
    target.case === "weightedClusters"
      ? target.value.clusters.map((c) => `${c.name} (${c.weight})`)
      : [target.value ?? ""];
  return { name, statPrefix: proxy.statPrefix, clusters };
}

function digestChain(chain: FilterChain, types: Registry): JsonObject {
  const [manager] = chain.filters.flatMap(({ configType: config }) =>
    config.case === "typedConfig" ? (anyUnpack(config.value, HttpConnectionManagerSchema) ?? []) : [],
  );
  const socket = chain.transportSocket?.configType;
  const tls = socket?.case === "typedConfig" ? anyUnpack(socket.value, DownstreamTlsContextSchema) : undefined;
  const names = chain.filterChainMatch?.serverNames ?? [];
  const route = manager?.routeSpecifier;
  const logs = (manager?.accessLog ?? []).map(({ configType }): JsonValue => {
    if (configType.case !== "typedConfig") return "";
    const message = anyUnpack(configType.value, types);
    return message && "path" in message ? String(message["path"]) : spellOut(configType.value, types);
  });
  const provider = manager?.tracing?.provider?.configType;
  const traces = provider?.case === "typedConfig" ? spellOut(provider.value, types) : undefined;
  return {
    ...(names.length > 0 ? { serverNames: names } : {}),
    ...(digestStream(chain) ?? { routes: route?.case === "rds" ? route.value.routeConfigName : "", accessLog: logs }),
    ...(traces ? { tracing: traces } : {}),
    ...(tls
      ? {
          certificates: (tls.commonTlsContext?.tlsCertificateSdsSecretConfigs ?? []).map(({ name }) => name),
          alpn: tls.commonTlsContext?.alpnProtocols ?? [],
          ...(tls.commonTlsContext?.validationContextType.case ? { clients: digestClients(tls) } : {}),
        }
      : {}),
  };
}

/** Whose certificates are trusted, and what becomes of clients without one. */
function digestClients({ requireClientCertificate, commonTlsContext }: DownstreamTlsContext): JsonObject {
  const validation = commonTlsContext?.validationContextType;
  const secret =
    validation?.case === "combinedValidationContext"
      ? validation.value.validationContextSdsSecretConfig
      : validation?.case === "validationContextSdsSecretConfig"
        ? validation.value
        : undefined;
  const combined = validation?.case === "combinedValidationContext" ? validation.value : undefined;
  const trust = combined?.defaultValidationContext?.trustChainVerification ?? 0;
  return {
    authorities: secret?.name ?? "",
    isRequired: requireClientCertificate ?? false,
    isAnybodyTrusted: trust === CertificateValidationContext_TrustChainVerification.ACCEPT_UNTRUSTED,
  };
}

/** Routes in order of precedence, by name; what is at its default is left out. */
export function digestVirtualHost(bytes: Uint8Array, types: Registry): JsonObject {
  const { matcher, routes } = fromBinary(VirtualHostSchema, bytes);
  if (!matcher) return digestRoutes(routes, types);
  const guard = matcher.matcherType.case === "matcherList" ? guardedListener(matcher.matcherType.value) : undefined;
  if (guard === undefined) return { "(as a tree)": true };
  const rest = matcher.onNoMatch?.onMatch;
  const list = rest?.case === "action" && rest.value.typedConfig && anyUnpack(rest.value.typedConfig, RouteListSchema);
  const inside = list ? digestRoutes(list.routes, types) : rest?.case === "matcher" ? { "(as a tree)": true } : {};
  return { "(421 unless through)": guard, ...inside };
}

function digestRoutes(routes: readonly Route[], types: Registry): JsonObject {
  return Object.fromEntries(routes.map((route) => [route.name, digestRoute(route, types)]));
}

function guardedListener({ matchers }: Matcher_MatcherList): string | undefined {
  const not = matchers[0]?.predicate?.matchType;
  const own = not?.case === "notMatcher" ? not.value.matchType : undefined;
  const value = own?.case === "singlePredicate" ? own.value.matcher : undefined;
  const pattern = value?.case === "valueMatch" ? value.value.matchPattern : undefined;
  return pattern?.case === "exact" ? pattern.value : undefined;
}

const websocketOnly = JSON.stringify([{ upgradeType: "websocket" }]);

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function digestRoute(route: Route, types: Registry): JsonValue {
  const { name: _, typedPerFilterConfig, ...rest } = toJson(RouteSchema, route, { registry: types }) as JsonObject;
  // WebSockets are allowed on every route.
  if (isObject(rest["route"]) && JSON.stringify(rest["route"]["upgradeConfigs"]) === websocketOnly)
    delete rest["route"]["upgradeConfigs"];
  const filters = typedPerFilterConfig as Readonly<Record<string, JsonObject>> | undefined;
  return { ...rest, ...(filters ? { filters: { ...filters } } : {}) };
}

/** How endpoints are found and spoken to. */
export function digestCluster(bytes: Uint8Array, types: Registry): JsonObject {
  const cluster = fromBinary(ClusterSchema, bytes);
  return {
    type: typeOf(cluster),
    protocol: protocolOf(cluster, types),
    ...(cluster.transportSocket ? { tls: tlsOf(cluster, types) } : {}),
    ...(cluster.loadAssignment ? { endpoints: digestEndpoints(cluster.loadAssignment) } : {}),
  };
}

function typeOf({ clusterDiscoveryType }: Cluster): string {
  if (clusterDiscoveryType.case === "clusterType") return clusterDiscoveryType.value.name;
  return clusterDiscoveryType.case === "type" && clusterDiscoveryType.value === 3 ? "EDS" : "other";
}

function protocolOf(cluster: Cluster, types: Registry): JsonValue {
  const [options] = Object.values(cluster.typedExtensionProtocolOptions);
  return options ? spellOut(options, types) : "HTTP/1.1";
}

function tlsOf({ transportSocket }: Cluster, types: Registry): JsonValue {
  const config = transportSocket?.configType;
  return config?.case === "typedConfig" ? spellOut(config.value, types) : "unknown";
}

function spellOut(any: Any, types: Registry): JsonValue {
  const message = anyUnpack(any, types);
  const schema = message && types.getMessage(message.$typeName);
  return message && schema ? toJson(schema, message, { registry: types }) : "unknown";
}

/** One line per endpoint: address, and what is special about it. */
export function digestEndpoints(assignment: ClusterLoadAssignment): string[] {
  return assignment.endpoints.flatMap(({ priority, locality, lbEndpoints, loadBalancingWeight }) =>
    lbEndpoints.map(({ hostIdentifier, healthStatus }) => {
      const address = hostIdentifier.case === "endpoint" ? describeAddress(hostIdentifier.value.address) : "";
      return [
        address,
        ...(locality?.zone ? [`zone ${locality.zone}`] : []),
        ...(locality?.region ? [`share ${loadBalancingWeight} of ${locality.region}`] : []),
        ...(priority > 0 ? [`priority ${priority}`] : []),
        ...(healthStatus === HealthStatus.DRAINING ? ["draining"] : []),
      ].join(", ");
    }),
  );
}

/** The same for an encoded ClusterLoadAssignment. */
export function digestLoadAssignment(bytes: Uint8Array): string[] {
  return digestEndpoints(fromBinary(ClusterLoadAssignmentSchema, bytes));
}

function describeAddress(address: Address | undefined): string {
  const of = address?.address;
  if (of?.case === "pipe") return of.value.path;
  if (of?.case !== "socketAddress") return "";
  const { address: host, portSpecifier } = of.value;
  return `${host}:${portSpecifier.case === "portValue" ? portSpecifier.value : ""}`;
}
