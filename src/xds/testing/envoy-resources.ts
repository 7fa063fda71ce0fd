import { create, createRegistry, fromBinary, fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { ClusterSchema } from "../../gen/envoy/config/cluster/v3/cluster_pb.js";
import { TransportSocketSchema } from "../../gen/envoy/config/core/v3/base_pb.js";
import { ClusterLoadAssignmentSchema } from "../../gen/envoy/config/endpoint/v3/endpoint_pb.js";
import { ListenerSchema } from "../../gen/envoy/config/listener/v3/listener_pb.js";
import { VirtualHostSchema } from "../../gen/envoy/config/route/v3/route_components_pb.js";
import { RouteConfigurationSchema } from "../../gen/envoy/config/route/v3/route_pb.js";
import { RouterSchema } from "../../gen/envoy/extensions/filters/http/router/v3/router_pb.js";
import { HttpConnectionManagerSchema } from "../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { SecretSchema } from "../../gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.js";
import { DownstreamTlsContextSchema } from "../../gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import type { Resource, VirtualHostResource } from "../../translate/resources.ts";
import type { KeyPair } from "./certificates.ts";

const registry = createRegistry(RouterSchema, HttpConnectionManagerSchema);
const ads = { ads: {}, resourceApiVersion: "V3" };

/** An EDS cluster. */
export function edsCluster(name: string, overrides: Readonly<Record<string, JsonValue>> = {}): Resource {
  const json = {
    name,
    type: "EDS",
    connectTimeout: "1s",
    edsClusterConfig: { edsConfig: ads },
    ...overrides,
  };
  return { name, bytes: toBinary(ClusterSchema, fromJson(ClusterSchema, json)) };
}

/** Endpoints on this machine. */
export function localEndpoints(name: string, ports: readonly number[]): Resource {
  const lbEndpoints = ports.map((portValue) => ({
    endpoint: { address: { socketAddress: { address: "127.0.0.1", portValue } } },
  }));
  const json = { clusterName: name, endpoints: [{ lbEndpoints }] };
  return { name, bytes: toBinary(ClusterLoadAssignmentSchema, fromJson(ClusterLoadAssignmentSchema, json)) };
}

/** A plain HTTP listener on this machine that takes its routes by RDS. */
export function httpListener(name: string, port: number, table: string): Resource {
  const router = anyPack(RouterSchema, create(RouterSchema));
  const manager = fromJson(HttpConnectionManagerSchema, {
    statPrefix: name,
    rds: { routeConfigName: table, configSource: ads },
  });
  manager.httpFilters = [
    {
      $typeName: "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter",
      name: "envoy.filters.http.router",
      disabled: false,
      isOptional: false,
      configType: { case: "typedConfig", value: router },
    },
  ];
  const listener = fromJson(
    ListenerSchema,
    {
      name,
      address: { socketAddress: { address: "127.0.0.1", portValue: port } },
      filterChains: [{ filters: [{ name: "http" }] }],
    },
    { registry },
  );
  const filter = listener.filterChains[0]?.filters[0];
  if (filter !== undefined)
    filter.configType = { case: "typedConfig", value: anyPack(HttpConnectionManagerSchema, manager) };
  return { name, bytes: toBinary(ListenerSchema, listener) };
}

/** An HTTPS listener whose certificate comes by SDS. */
export function httpsListener(name: string, port: number, table: string, secret: string): Resource {
  const plain = fromBinary(ListenerSchema, httpListener(name, port, table).bytes);
  const context = fromJson(DownstreamTlsContextSchema, {
    commonTlsContext: { tlsCertificateSdsSecretConfigs: [{ name: secret, sdsConfig: ads }] },
  });
  const typedConfig = anyPack(DownstreamTlsContextSchema, context);
  const [chain] = plain.filterChains;
  if (chain !== undefined) {
    chain.transportSocket = create(TransportSocketSchema, {
      name: "tls",
      configType: { case: "typedConfig", value: typedConfig },
    });
  }
  return { name, bytes: toBinary(ListenerSchema, plain) };
}

/** A certificate with its key. */
export function tlsSecret(name: string, pair: KeyPair): Resource {
  const json = {
    name,
    tlsCertificate: { certificateChain: { inlineString: pair.cert }, privateKey: { inlineString: pair.key } },
  };
  return { name, bytes: toBinary(SecretSchema, fromJson(SecretSchema, json)) };
}

/** A route table's own fields. */
export function tableHeadResource(name: string): Resource {
  return { name, bytes: toBinary(RouteConfigurationSchema, create(RouteConfigurationSchema, { name })) };
}

/** A virtual host that sends everything to one cluster. */
export function virtualHost(
  table: string,
  name: string,
  domains: readonly string[],
  cluster: string,
): VirtualHostResource {
  const host = fromJson(VirtualHostSchema, {
    name,
    domains: [...domains],
    routes: [{ match: { prefix: "/" }, route: { cluster } }],
  });
  return {
    name,
    table,
    bytes: toBinary(VirtualHostSchema, host),
    clusters: [cluster],
    from: [`HTTPRoute default/${name}`],
  };
}
