import { createHash } from "node:crypto";
import { sameData } from "../equal.ts";
import type { TranslationOptions } from "../options.ts";
import type { ClientTls } from "../tls/client-tls.ts";
import type { RetryBudget } from "./backend-traffic.ts";
import type { InjectedCredential } from "./credential-injection.ts";
import type { Destination, Endpoint, UpstreamProtocol, UpstreamTls } from "./destination.ts";

/** A destination's place in a cluster. */
export interface ClusterMember {
  /** Key of the destination's endpoints; absent for a share that has to be refused. */
  readonly destination?: string;
  /** 0 takes traffic first; higher ones when the lower are unhealthy. */
  readonly priority: number;
  /** TLS towards this destination, where those of the cluster differ in it. */
  readonly tls?: UpstreamTls;
  /** Its share of the cluster's connections, however many endpoints it has. Absent: by number of endpoints. */
  readonly weight?: number;
  /** Without endpoints its share goes to the others; absent: it is refused. */
  readonly yields?: true;
}

/** What is spoken to the endpoints of a cluster; `stream`: whatever the client speaks, over TCP or UDP. */
export type ClusterProtocol = UpstreamProtocol | "stream";

/**
 * Everything an Envoy cluster is made from. The name tells the content: clusters of one name are equal, so routes that need the
 * same share one, and a name is never reused for other endpoints (which would send requests to the wrong backend during a change).
 */
export interface ClusterSpec {
  readonly name: string;
  /** Where endpoints come from: looked up, and kept up to date, by key; or fixed. */
  readonly members: readonly ClusterMember[] | { readonly fixed: readonly Endpoint[] };
  /** Endpoints are sent over EDS, are host names that Envoy resolves, or are the hosts that requests name. */
  readonly discovery: "EDS" | "DNS" | "DYNAMIC";
  readonly protocol: ClusterProtocol;
  /** TLS towards all members alike. */
  readonly tls?: UpstreamTls;
  /** Absent: retries are limited in number only. */
  readonly retryBudget?: RetryBudget;
  /** Statistics besides the usual ones. */
  readonly stats?: ClusterStats;
  /** Credentials put into requests, in order. */
  readonly credentials?: readonly InjectedCredential[];
  /** Send to the Service's own address instead of its endpoints. */
  readonly viaClusterIp: boolean;
  /** Provenance: `Kind namespace/name`. */
  readonly from: readonly string[];
}

/** Statistics that a fleet wants of its clusters besides the usual ones. */
export interface ClusterStats {
  readonly perEndpoint: boolean;
  /** Histograms of the sizes of requests and answers. */
  readonly sizes: boolean;
}

/** What a fleet needs a cluster for; one per route or policy and cluster. */
export interface ClusterNeed {
  readonly fleet: string;
  readonly spec: ClusterSpec;
}

/**
 * A cluster with the fleet's own side of TLS added where it speaks TLS to backends. The name stays: fleets do not see each other's
 * clusters, and Envoy changes one in place without losing a request. Hosts of URLs are not shown the certificate.
 */
export function withClientTls(spec: ClusterSpec, client: ClientTls | undefined): ClusterSpec {
  if (!client || "fixed" in spec.members) return spec;
  const complete = <T extends { readonly tls?: UpstreamTls }>(part: T): T =>
    part.tls ? { ...part, tls: { ...client, ...part.tls } } : part;
  return { ...complete(spec), members: spec.members.map(complete) };
}

/** A cluster that puts credentials into the requests it gets; the same one if there are none. */
export function withCredentials(spec: ClusterSpec, credentials: readonly InjectedCredential[]): ClusterSpec {
  return credentials.length === 0
    ? spec
    : { ...spec, name: `${spec.name}/credentials-${hash8(credentials)}`, credentials };
}

/** Every kind of TLS that is spoken to members of a cluster. */
export function tlsKinds({ tls, members }: ClusterSpec): readonly UpstreamTls[] {
  const ofMembers = "fixed" in members ? [] : members.flatMap((member) => member.tls ?? []);
  return tls ? [tls] : ofMembers;
}

/** A short text for a kind of TLS. */
export function tlsLabel(tls: UpstreamTls): string {
  return hash8(tls);
}

/** Tells clusters of one name apart whose fleets differ in their side of TLS, or in the statistics they want. */
export function variantOf(spec: ClusterSpec): string {
  const kinds = tlsKinds(spec);
  const differing = [...kinds, ...(spec.stats ? [spec.stats] : [])];
  return differing.length > 0 ? `${spec.name}|${hash8(differing)}` : spec.name;
}

const hash8 = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 8);

/** The shared cluster of one destination; the same object for the same destination. */
export function clusterOf(
  destination: Destination,
  protocol: UpstreamProtocol,
  routing: TranslationOptions["routingType"],
): ClusterSpec {
  const known = sharedClusters.get(destination) ?? new Map<string, ClusterSpec>();
  sharedClusters.set(destination, known);
  const kind = `${protocol} ${routing}`;
  const cluster = known.get(kind) ?? describeCluster(destination, protocol, routing);
  known.set(kind, cluster);
  return cluster;
}

const sharedClusters = new WeakMap<Destination, Map<string, ClusterSpec>>();

function describeCluster(
  destination: Destination,
  protocol: UpstreamProtocol,
  routing: TranslationOptions["routingType"],
): ClusterSpec {
  const viaClusterIp = isReachedByClusterIp(destination, routing);
  const retryBudget = destination.traffic?.retryBudget;
  const discovery = destination.isDynamic ? "DYNAMIC" : destination.isDns && !viaClusterIp ? "DNS" : "EDS";
  const variant = [
    destination.key.charAt(0).toLowerCase() + destination.key.slice(1),
    ...(protocol === "http2" ? ["http2"] : []),
    ...(discovery === "EDS" ? [] : [discovery.toLowerCase()]),
    ...(viaClusterIp ? ["cluster-ip"] : []),
    ...(destination.tls ? [`tls-${hash8(destination.tls)}`] : []),
    ...(retryBudget ? [`retries-${hash8(retryBudget)}`] : []),
  ];
  return {
    name: variant.join("/"),
    members: [{ destination: destination.key, priority: 0 }],
    discovery,
    protocol,
    ...(destination.tls ? { tls: destination.tls } : {}),
    ...(retryBudget ? { retryBudget } : {}),
    viaClusterIp,
    from: [`${destination.kind} ${destination.object}`],
  };
}

/** How destinations share a cluster. */
export interface Combination {
  /** What is spoken to all of them; absent: what the first one speaks. */
  readonly protocol?: UpstreamProtocol | undefined;
  /** Shares of the traffic, one for each destination; absent: by number of endpoints. */
  readonly weights?: readonly number[] | undefined;
  /** Shares of destinations without endpoints go to the others; absent: they are refused, as requests of routes have to be. */
  readonly yields?: true;
}

/**
 * A cluster over several destinations that belongs to one user of them, such as a rule with fallback backends, or with sessions and
 * weights.
 */
export function combinedCluster(
  name: string,
  destinations: readonly Destination[],
  routing: TranslationOptions["routingType"],
  { protocol, weights, yields }: Combination = {},
): ClusterSpec {
  const [first] = destinations;
  const isAlike = destinations.every(({ tls }) => sameData(tls, first?.tls));
  const retryBudget = destinations.find(({ traffic }) => traffic?.retryBudget)?.traffic?.retryBudget;
  const spec = {
    members: destinations.map((d, i) => ({
      destination: d.key,
      priority: d.isFallback ? 1 : 0,
      ...(d.tls && !isAlike ? { tls: d.tls } : {}),
      ...(weights?.[i] === undefined ? {} : { weight: weights[i] }),
      ...(yields ? { yields } : {}),
    })),
    discovery: destinations.some((d) => d.isDns) ? ("DNS" as const) : ("EDS" as const),
    protocol: protocol ?? first?.protocol ?? ("http1" as const),
    ...(first?.tls && isAlike ? { tls: first.tls } : {}),
    ...(retryBudget ? { retryBudget } : {}),
    viaClusterIp: routing === "Service",
    from: destinations.map((d) => `${d.kind} ${d.object}`),
  };
  return { name: `${name}/${hash8(spec)}`, ...spec };
}

/** A backend's share of a rule's connections; without a destination it is refused. */
export interface StreamShare {
  readonly destination: Destination | undefined;
  readonly weight: number;
}

/**
 * The cluster of a stream route's rule, over all its backends. It keeps its name whatever they are, since a filter chain that names
 * another cluster drains its connections: other backends and weights come as other endpoints, and open connections stay.
 */
export function streamCluster(
  name: string,
  shares: readonly StreamShare[],
  { routing, hasSessions }: { readonly routing: TranslationOptions["routingType"]; readonly hasSessions: boolean },
): ClusterSpec {
  const merged = mergeShares(shares);
  const destinations = merged.flatMap(({ destination }) => destination ?? []);
  const tls = destinations[0]?.tls;
  // Sessions of datagrams end when their endpoint moves to another locality, so there even a single backend has its share.
  const isShared = merged.length > 1 || hasSessions;
  // Fallback backends wait for the others to have no endpoints, so those must not be made up for.
  const yields = isShared && destinations.some((d) => d.isFallback);
  return {
    name,
    members: merged.map(({ destination, weight }) => ({
      ...(destination ? { destination: destination.key } : {}),
      priority: destination?.isFallback ? 1 : 0,
      ...(isShared ? { weight } : {}),
      ...(yields ? { yields } : {}),
    })),
    discovery: destinations.some((d) => d.isDns && !isReachedByClusterIp(d, routing)) ? "DNS" : "EDS",
    protocol: "stream",
    ...(tls ? { tls } : {}),
    viaClusterIp: destinations.some((d) => isReachedByClusterIp(d, routing)),
    from: [...new Set(destinations.map((d) => `${d.kind} ${d.object}`))],
  };
}

/** One share per destination, and one for all that are refused. */
function mergeShares(shares: readonly StreamShare[]): StreamShare[] {
  const merged = new Map<string, StreamShare>();
  for (const { destination, weight } of shares) {
    const key = destination?.key ?? "";
    merged.set(key, { destination, weight: weight + (merged.get(key)?.weight ?? 0) });
  }
  return [...merged.values()];
}

/** Whether traffic goes to the Service's own address. */
function isReachedByClusterIp({ kind }: Destination, routing: TranslationOptions["routingType"]): boolean {
  return routing === "Service" && kind !== "Backend";
}

/** A cluster for a host without TLS. */
export function hostCluster(
  host: string,
  port: number,
  protocol: UpstreamProtocol,
  from: readonly string[],
): ClusterSpec {
  const spec = urlCluster(new URL(`http://${host.includes(":") ? `[${host}]` : host}:${port}`), from);
  return protocol === "http2" ? { ...spec, name: `${spec.name}/http2`, protocol } : spec;
}

/** A cluster for a host named in a URL, e.g. of a JWKS or an authorization server. */
export function urlCluster(url: URL, from: readonly string[]): ClusterSpec {
  const isTls = url.protocol === "https:";
  const port = Number(url.port || (isTls ? 443 : 80));
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const isAddress = host.includes(":") || /^[0-9.]+$/.test(host);
  return {
    name: `${host.replaceAll(".", "_")}_${port}${isTls ? "/tls" : ""}`,
    members: { fixed: [{ address: isAddress ? { ip: host, port } : { fqdn: host, port } }] },
    discovery: isAddress ? "EDS" : "DNS",
    protocol: "http1",
    ...(isTls ? { tls: { ...(isAddress ? {} : { sni: host }), trust: "system" as const } } : {}),
    viaClusterIp: false,
    from,
  };
}
