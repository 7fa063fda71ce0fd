/** Resources in the few words a person needs to judge them. */
import { fromBinary, type JsonObject, type JsonValue, type Registry, toJson } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { type Cluster, ClusterSchema } from "../../src/gen/envoy/config/cluster/v3/cluster_pb.js";
import type { Address } from "../../src/gen/envoy/config/core/v3/address_pb.js";
import { HealthStatus } from "../../src/gen/envoy/config/core/v3/health_check_pb.js";
import {
  type ClusterLoadAssignment,
  ClusterLoadAssignmentSchema,
} from "../../src/gen/envoy/config/endpoint/v3/endpoint_pb.js";
import type { FilterChain } from "../../src/gen/envoy/config/listener/v3/listener_components_pb.js";
import { ListenerSchema } from "../../src/gen/envoy/config/listener/v3/listener_pb.js";
import { type Route, RouteSchema, VirtualHostSchema } from "../../src/gen/envoy/config/route/v3/route_components_pb.js";
import { HttpConnectionManagerSchema } from "../../src/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { DownstreamTlsContextSchema } from "../../src/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";

/** Address, and for each filter chain who gets it, its route table and certificates. */
export function digestListener(bytes: Uint8Array, types: Registry): JsonObject {
  const listener = fromBinary(ListenerSchema, bytes);
  const chains = [...listener.filterChains, ...(listener.defaultFilterChain ? [listener.defaultFilterChain] : [])];
  return {
    address: describeAddress(listener.address),
    chains: chains.map((chain) => digestChain(chain, types)),
  };
}

function digestChain(chain: FilterChain, types: Registry): JsonObject {
  const config = chain.filters[0]?.configType;
  const manager = config?.case === "typedConfig" ? anyUnpack(config.value, HttpConnectionManagerSchema) : undefined;
  const socket = chain.transportSocket?.configType;
  const tls = socket?.case === "typedConfig" ? anyUnpack(socket.value, DownstreamTlsContextSchema) : undefined;
  const names = chain.filterChainMatch?.serverNames ?? [];
  const route = manager?.routeSpecifier;
  const logs = (manager?.accessLog ?? []).map(({ configType }) => {
    const message = configType.case === "typedConfig" ? anyUnpack(configType.value, types) : undefined;
    return message && "path" in message ? String(message["path"]) : "";
  });
  return {
    ...(names.length > 0 ? { serverNames: names } : {}),
    routes: route?.case === "rds" ? route.value.routeConfigName : "",
    accessLog: logs,
    ...(tls
      ? {
          certificates: (tls.commonTlsContext?.tlsCertificateSdsSecretConfigs ?? []).map(({ name }) => name),
          alpn: tls.commonTlsContext?.alpnProtocols ?? [],
        }
      : {}),
  };
}

/** Routes in order of precedence, by name; what is at its default is left out. */
export function digestVirtualHost(bytes: Uint8Array, types: Registry): JsonObject {
  const host = fromBinary(VirtualHostSchema, bytes);
  if (host.matcher) return { "(as a tree)": true };
  return Object.fromEntries(host.routes.map((route) => [route.name, digestRoute(route, types)]));
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
  if (!options) return "HTTP/1.1";
  const message = anyUnpack(options, types);
  const schema = message && types.getMessage(message.$typeName);
  return message && schema ? toJson(schema, message, { registry: types }) : "unknown";
}

function tlsOf({ transportSocket }: Cluster, types: Registry): JsonValue {
  const config = transportSocket?.configType;
  const message = config?.case === "typedConfig" ? anyUnpack(config.value, types) : undefined;
  const schema = message && types.getMessage(message.$typeName);
  return message && schema ? toJson(schema, message, { registry: types }) : "unknown";
}

/** One line per endpoint: address, and what is special about it. */
export function digestEndpoints(assignment: ClusterLoadAssignment): string[] {
  return assignment.endpoints.flatMap(({ priority, locality, lbEndpoints }) =>
    lbEndpoints.map(({ hostIdentifier, healthStatus }) => {
      const address = hostIdentifier.case === "endpoint" ? describeAddress(hostIdentifier.value.address) : "";
      return [
        address,
        ...(locality?.zone ? [`zone ${locality.zone}`] : []),
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
