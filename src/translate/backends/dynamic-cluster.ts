/** Clusters without endpoints of their own: a request goes to the host it names. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type Cluster,
  Cluster_DnsLookupFamily,
  type ClusterSchema,
} from "../../gen/envoy/config/cluster/v3/cluster_pb.js";
import { ClusterConfigSchema } from "../../gen/envoy/extensions/clusters/dynamic_forward_proxy/v3/cluster_pb.js";
import { ClusterProvidedSchema } from "../../gen/envoy/extensions/load_balancing_policies/cluster_provided/v3/cluster_provided_pb.js";
import { anyOf } from "../encode.ts";
import type { UpstreamTls } from "./destination.ts";

type ClusterInit = Partial<Exclude<MessageInitShape<typeof ClusterSchema>, Cluster>>;

/** Whether the server's name is the request's host, and its certificate is held against it. */
export function followsHost({ sni, sniFromEndpoint, trust }: UpstreamTls): boolean {
  return !sni && !sniFromEndpoint && trust !== "anybody";
}

/**
 * The fields of such a cluster. Follows `envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig`; all share one cache of names,
 * since Envoy wants equal settings for a cache's name.
 */
export function dynamicDiscovery(tls: UpstreamTls | undefined): ClusterInit {
  const config = create(ClusterConfigSchema, {
    // Envoy asks for the host as server name and in the certificate, unless it is told that something else is meant.
    allowInsecureClusterOptions: tls !== undefined && !followsHost(tls),
    clusterImplementationSpecifier: {
      case: "dnsCacheConfig",
      value: {
        name: "envoy-gateway-dfp-cache-v4_preferred-30000ms-default",
        dnsLookupFamily: Cluster_DnsLookupFamily.V4_PREFERRED,
        dnsRefreshRate: { seconds: 30n, nanos: 0 },
      },
    },
  });
  const policy = anyOf(ClusterProvidedSchema, create(ClusterProvidedSchema));
  return {
    clusterDiscoveryType: {
      case: "clusterType",
      value: { name: "envoy.clusters.dynamic_forward_proxy", typedConfig: anyOf(ClusterConfigSchema, config) },
    },
    loadBalancingPolicy: {
      policies: [
        { typedExtensionConfig: { name: "envoy.load_balancing_policies.cluster_provided", typedConfig: policy } },
      ],
    },
  };
}
