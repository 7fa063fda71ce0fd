/** Routes and clusters as Envoy itself takes them: protobuf, ready to be read from a file. */
import { create, type DescMessage, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import {
  type Cluster,
  Cluster_DiscoveryType,
  ClusterSchema,
} from "../../src/gen/envoy/config/cluster/v3/cluster_pb.js";
import { type VirtualHost, VirtualHostSchema } from "../../src/gen/envoy/config/route/v3/route_components_pb.js";
import { RouteConfigurationSchema } from "../../src/gen/envoy/config/route/v3/route_pb.js";
import { DiscoveryResponseSchema } from "../../src/gen/envoy/service/discovery/v3/discovery_pb.js";
import { socketAddress } from "./bootstraps.ts";

/** Name of the only route table. */
export const tableName = "floor";

/** A cluster with fixed endpoints on 127.0.0.1. */
export function cluster(name: string, ports: readonly number[]): Cluster {
  const lbEndpoints = ports.map((port) => ({
    hostIdentifier: { case: "endpoint" as const, value: { address: socketAddress(port) } },
  }));
  return create(ClusterSchema, {
    name,
    clusterDiscoveryType: { case: "type", value: Cluster_DiscoveryType.STATIC },
    connectTimeout: { seconds: 10n },
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints }] },
  });
}

/** A virtual host for one hostname, with path prefixes and the clusters they lead to. */
export function virtualHost(domain: string, routes: readonly { prefix: string; cluster: string }[]): VirtualHost {
  return create(VirtualHostSchema, {
    name: domain,
    domains: [domain],
    routes: routes.map(({ prefix, cluster: to }) => ({
      match: { pathSpecifier: { case: "prefix" as const, value: prefix } },
      action: {
        case: "route" as const,
        value: { clusterSpecifier: { case: "cluster" as const, value: to } },
      },
    })),
  });
}

/** Clusters for an `rds.pb` or `cds.pb` that share most of their content are encoded once and joined: see {@link joined}. */
export interface Encoded {
  readonly bytes: Uint8Array;
}

/** The part of a cluster list that these clusters make up. */
export function encodeClusters(clusters: readonly Cluster[]): Encoded {
  const resources = clusters.map((one) => anyPack(ClusterSchema, one));
  return encode(DiscoveryResponseSchema, { resources });
}

/** The part of the route table that these virtual hosts make up. */
export function encodeHosts(virtualHosts: readonly VirtualHost[]): Encoded {
  return encode(RouteConfigurationSchema, { virtualHosts: [...virtualHosts] });
}

/** A whole file of clusters, of its parts. Each file needs a version of its own. */
export function clusterFile(version: string, parts: readonly Encoded[]): Uint8Array {
  const typeUrl = `type.googleapis.com/${ClusterSchema.typeName}`;
  return joined([encode(DiscoveryResponseSchema, { versionInfo: version, typeUrl }), ...parts]);
}

/** A whole file with the one route table, of its parts. */
export function routeFile(version: string, parts: readonly Encoded[]): Uint8Array {
  const typeUrl = `type.googleapis.com/${RouteConfigurationSchema.typeName}`;
  const value = joined([encode(RouteConfigurationSchema, { name: tableName }), ...parts]);
  return toBinary(
    DiscoveryResponseSchema,
    create(DiscoveryResponseSchema, { versionInfo: version, typeUrl, resources: [{ typeUrl, value }] }),
  );
}

/** Protobuf messages written one behind the other are one message with all their repeated entries. */
function joined(parts: readonly Encoded[]): Uint8Array {
  return Buffer.concat(parts.map(({ bytes }) => bytes));
}

function encode<D extends DescMessage>(schema: D, init: Parameters<typeof create<D>>[1]): Encoded {
  const message: MessageShape<D> = create(schema, init);
  return { bytes: toBinary(schema, message) };
}
