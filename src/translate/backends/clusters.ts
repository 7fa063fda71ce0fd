import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import type { Collection, Context, Graph } from "../../engine/index.ts";
import type { CircuitBreakers_ThresholdsSchema } from "../../gen/envoy/config/cluster/v3/circuit_breaker_pb.js";
import { type Cluster, Cluster_DiscoveryType, ClusterSchema } from "../../gen/envoy/config/cluster/v3/cluster_pb.js";
import { DnsLookupFamily } from "../../gen/envoy/extensions/clusters/common/dns/v3/dns_pb.js";
import { DnsClusterSchema } from "../../gen/envoy/extensions/clusters/dns/v3/dns_cluster_pb.js";
import { LeastRequestSchema } from "../../gen/envoy/extensions/load_balancing_policies/least_request/v3/least_request_pb.js";
import { HttpProtocolOptionsSchema } from "../../gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js";
import { ads, anyOf } from "../encode.ts";
import { sameData } from "../equal.ts";
import type { TranslationOptions } from "../options.ts";
import type { Resource } from "../resources.ts";
import type { ClientTls } from "../tls/client-tls.ts";
import {
  type ClusterNeed,
  type ClusterSpec,
  type ClusterStats,
  tlsKinds,
  tlsLabel,
  variantOf,
  withClientTls,
} from "./cluster-spec.ts";
import { credentialFilters } from "./credential-injection.ts";
import type { Endpoint } from "./destination.ts";
import { dynamicDiscovery, followsHost } from "./dynamic-cluster.ts";
import { loadAssignment, type PrioritizedEndpoints, socketLabel } from "./load-assignment.ts";
import { upstreamTlsSocket } from "./upstream-tls.ts";

/** Endpoints by destination key: of Services and Backends, and the cluster addresses of Services. */
export interface EndpointSources {
  readonly endpoints: Collection<readonly Endpoint[]>;
  readonly clusterEndpoints: Collection<readonly Endpoint[]>;
}

/** Encoded clusters and endpoints, keyed `<fleet>|<name>`. */
export interface ClusterCollections {
  readonly clusters: Collection<Resource>;
  readonly endpoints: Collection<Resource>;
  /** What they are made from, by the same keys. */
  readonly wanted: Collection<ClusterNeed>;
}

/** What fleets want of all their clusters; a fleet without wishes is left out. */
export interface FleetSettings {
  readonly clientTls: Collection<ClientTls>;
  readonly stats: Collection<ClusterStats>;
}

/** Adds to the graph the clusters that are needed, encoded once whatever the number of fleets and routes that share them. */
export function createClusters(
  graph: Graph,
  users: Collection<{ readonly needs: readonly ClusterNeed[] }>,
  fleets: FleetSettings,
  sources: EndpointSources,
  { systemCaFile }: Pick<TranslationOptions, "systemCaFile">,
): ClusterCollections {
  const needed = graph.group({
    name: "neededClusters",
    from: users,
    by: ({ needs }) => needs.map(needKey),
    reduce: (members, key) => members[0]?.value.needs.find((need) => needKey(need) === key),
    equal: sameData,
  });
  const wanted = graph.derive({
    name: "fleetClusters",
    from: needed,
    map: ({ fleet, spec }, _key, ctx): ClusterNeed => {
      const isTls = tlsKinds(spec).length > 0;
      const own = isTls ? withClientTls(spec, ctx.get(fleets.clientTls, fleet)) : spec;
      const stats = ctx.get(fleets.stats, fleet);
      return { fleet, spec: stats ? { ...own, stats } : own };
    },
    equal: sameData,
  });
  const specs = graph.group({
    name: "clusterSpecs",
    from: wanted,
    by: ({ spec }) => variantOf(spec),
    reduce: (members) => members[0]?.value.spec,
    equal: sameData,
  });
  const encodedClusters = graph.derive({
    name: "encodedClusters",
    from: specs,
    map: (spec, _key, ctx) =>
      encodeCluster(spec, spec.discovery === "DNS" ? gather(spec, sources, ctx) : [], systemCaFile),
    equal: sameData,
  });
  const encodedEndpoints = graph.derive({
    name: "encodedEndpoints",
    from: specs,
    map: (spec, _key, ctx) =>
      spec.discovery === "EDS" ? encodeEndpoints(spec, gather(spec, sources, ctx)) : undefined,
    equal: sameData,
  });
  return {
    wanted,
    clusters: graph.derive({
      name: "clusters",
      from: wanted,
      map: ({ spec }, _key, ctx) => ctx.get(encodedClusters, variantOf(spec)),
    }),
    endpoints: graph.derive({
      name: "endpoints",
      from: wanted,
      map: ({ spec }, _key, ctx) => ctx.get(encodedEndpoints, variantOf(spec)),
    }),
  };
}

const needKey = ({ fleet, spec }: ClusterNeed): string => `${fleet}|${spec.name}`;

function gather(spec: ClusterSpec, sources: EndpointSources, ctx: Context): PrioritizedEndpoints[] {
  if ("fixed" in spec.members) return [{ priority: 0, endpoints: spec.members.fixed }];
  return spec.members.map(({ destination, priority, weight, yields = false, tls }) => {
    const share = weight === undefined ? {} : { share: { of: destination ?? "nobody", weight, yields } };
    const more = tls ? { ...share, socket: tlsLabel(tls) } : share;
    if (destination === undefined) return { priority, endpoints: [], ...more };
    const own = spec.viaClusterIp ? ctx.get(sources.clusterEndpoints, destination) : undefined;
    return { priority, endpoints: own ?? ctx.get(sources.endpoints, destination) ?? [], ...more };
  });
}

function encodeEndpoints(spec: ClusterSpec, lists: readonly PrioritizedEndpoints[]): Resource {
  return { name: spec.name, bytes: loadAssignment(spec.name, lists).bytes, from: spec.from };
}

type ClusterInit = Partial<Exclude<MessageInitShape<typeof ClusterSchema>, Cluster>>;

const leastRequest = anyOf(
  LeastRequestSchema,
  create(LeastRequestSchema, {
    localityLbConfig: { localityConfigSpecifier: { case: "localityWeightedLbConfig", value: {} } },
  }),
);

/** Every address of every name is an endpoint. */
const dns = anyOf(
  DnsClusterSchema,
  create(DnsClusterSchema, {
    dnsLookupFamily: DnsLookupFamily.V4_PREFERRED,
    dnsRefreshRate: { seconds: 30n, nanos: 0 },
    respectDnsTtl: true,
  }),
);

/** Seconds Envoy waits for a cluster's first endpoints. They are always sent along, empty or not; this only bounds what a bug could cost. */
const endpointsTimeoutSeconds = 5;

function encodeCluster(spec: ClusterSpec, lists: readonly PrioritizedEndpoints[], systemCaFile: string): Resource {
  const cluster = create(ClusterSchema, {
    name: spec.name,
    connectTimeout: { seconds: 10n, nanos: 0 },
    perConnectionBufferLimitBytes: 32768,
    ignoreHealthOnHostRemoval: true,
    circuitBreakers: { thresholds: [retryLimit(spec)] },
    loadBalancingPolicy: {
      policies: [
        { typedExtensionConfig: { name: "envoy.load_balancing_policies.least_request", typedConfig: leastRequest } },
      ],
    },
    ...(spec.stats
      ? { trackClusterStats: { perEndpointStats: spec.stats.perEndpoint, requestResponseSizes: spec.stats.sizes } }
      : {}),
    ...discovery(spec, lists),
    ...transportSockets(spec, systemCaFile),
    typedExtensionProtocolOptions: protocolOptions(spec),
  });
  return { name: spec.name, bytes: toBinary(ClusterSchema, cluster), from: spec.from };
}

type Thresholds = MessageInitShape<typeof CircuitBreakers_ThresholdsSchema>;

/** A budget takes the place of the number that is there to be never reached. */
function retryLimit({ retryBudget }: ClusterSpec): Thresholds {
  if (!retryBudget) return { maxRetries: 1024 };
  const { percent, minConcurrency } = retryBudget;
  return { retryBudget: { budgetPercent: { value: percent }, minRetryConcurrency: minConcurrency } };
}

function discovery(spec: ClusterSpec, lists: readonly PrioritizedEndpoints[]): ClusterInit {
  if (spec.discovery === "DYNAMIC") return dynamicDiscovery(spec.tls);
  if (spec.discovery === "EDS") {
    return {
      clusterDiscoveryType: { case: "type" as const, value: Cluster_DiscoveryType.EDS },
      edsClusterConfig: { serviceName: spec.name, edsConfig: ads(endpointsTimeoutSeconds) },
    };
  }
  return {
    clusterDiscoveryType: { case: "clusterType" as const, value: { name: "envoy.clusters.dns", typedConfig: dns } },
    loadAssignment: loadAssignment(spec.name, lists).message,
  };
}

/** TLS for all endpoints, or, where they differ in it, for each kind: endpoints say which is theirs, and to those that do not no TLS is spoken. */
function transportSockets(spec: ClusterSpec, systemCaFile: string): ClusterInit {
  if (spec.tls) return { transportSocket: upstreamTlsSocket(spec.tls, systemCaFile) };
  const kinds = new Map(tlsKinds(spec).map((tls) => [tlsLabel(tls), tls]));
  return {
    transportSocketMatches: [...kinds].map(([label, tls]) => ({
      name: label,
      match: socketLabel(label),
      transportSocket: upstreamTlsSocket(tls, systemCaFile),
    })),
  };
}

/** Protocol towards the backend: none of ours for streams; HTTP/2 when it is asked for; where all speak TLS what ALPN agrees on; else HTTP/1.1, Envoy's default. */
function protocolOptions(spec: ClusterSpec): Cluster["typedExtensionProtocolOptions"] {
  const kinds = tlsKinds(spec);
  const autoSni = kinds.length > 0 && kinds.every((tls) => !tls.sni && !tls.sniFromEndpoint);
  const autoSanValidation = spec.discovery === "DYNAMIC" && kinds.every(followsHost);
  const httpFilters = credentialFilters(spec.credentials);
  const isPlain = spec.protocol === "http1" && kinds.length === 0 && httpFilters.length === 0;
  if (spec.protocol === "stream" || isPlain) return {};
  const options = create(HttpProtocolOptionsSchema, {
    httpFilters,
    ...(autoSni ? { upstreamHttpProtocolOptions: { autoSni: true, autoSanValidation } } : {}),
    upstreamProtocolOptions:
      spec.protocol === "http2"
        ? { case: "explicitHttpConfig", value: { protocolConfig: { case: "http2ProtocolOptions", value: {} } } }
        : spec.tls
          ? { case: "autoConfig", value: { httpProtocolOptions: {}, http2ProtocolOptions: {} } }
          : { case: "explicitHttpConfig", value: { protocolConfig: { case: "httpProtocolOptions", value: {} } } },
  });
  return { "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": anyOf(HttpProtocolOptionsSchema, options) };
}
