import { createHash } from "node:crypto";
import type { TranslationOptions } from "../options.ts";
import type { Destination, Endpoint, UpstreamProtocol, UpstreamTls } from "./destination.ts";

/** A destination's place in a cluster. */
export interface ClusterMember {
  /** Key of the destination's endpoints. */
  readonly destination: string;
  /** 0 takes traffic first; higher ones when the lower are unhealthy. */
  readonly priority: number;
}

/**
 * Everything an Envoy cluster is made from. The name tells the content: clusters of one name are equal, so routes that need the
 * same share one, and a name is never reused for other endpoints (which would send requests to the wrong backend during a change).
 */
export interface ClusterSpec {
  readonly name: string;
  /** Where endpoints come from: looked up, and kept up to date, by key; or fixed. */
  readonly members: readonly ClusterMember[] | { readonly fixed: readonly Endpoint[] };
  /** Endpoints are sent over EDS, or are host names that Envoy resolves. */
  readonly discovery: "EDS" | "DNS";
  readonly protocol: UpstreamProtocol;
  readonly tls?: UpstreamTls;
  /** Send to the Service's own address instead of its endpoints. */
  readonly viaClusterIp: boolean;
  /** Provenance: `Kind namespace/name`. */
  readonly from: readonly string[];
}

/** What a fleet needs a cluster for; one per route or policy and cluster. */
export interface ClusterNeed {
  readonly fleet: string;
  readonly spec: ClusterSpec;
}

const hash8 = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 8);

/** The shared cluster of one destination. */
export function clusterOf(
  destination: Destination,
  protocol: UpstreamProtocol,
  routing: TranslationOptions["routingType"],
): ClusterSpec {
  const viaClusterIp = routing === "Service" && destination.kind !== "Backend";
  const discovery = destination.isDns && !viaClusterIp ? "DNS" : "EDS";
  const variant = [
    destination.key.charAt(0).toLowerCase() + destination.key.slice(1),
    ...(protocol === "http2" ? ["http2"] : []),
    ...(discovery === "DNS" ? ["dns"] : []),
    ...(viaClusterIp ? ["cluster-ip"] : []),
    ...(destination.tls ? [`tls-${hash8(destination.tls)}`] : []),
  ];
  return {
    name: variant.join("/"),
    members: [{ destination: destination.key, priority: 0 }],
    discovery,
    protocol,
    ...(destination.tls ? { tls: destination.tls } : {}),
    viaClusterIp,
    from: [`${destination.kind} ${destination.object}`],
  };
}

/** A cluster over several destinations that belongs to one user of them, such as a rule with fallback backends. */
export function combinedCluster(
  name: string,
  destinations: readonly Destination[],
  routing: TranslationOptions["routingType"],
): ClusterSpec {
  const [first] = destinations;
  const spec = {
    members: destinations.map((d) => ({ destination: d.key, priority: d.isFallback ? 1 : 0 })),
    discovery: destinations.some((d) => d.isDns) ? ("DNS" as const) : ("EDS" as const),
    protocol: first?.protocol ?? ("http1" as const),
    ...(first?.tls ? { tls: first.tls } : {}),
    viaClusterIp: routing === "Service",
    from: destinations.map((d) => `${d.kind} ${d.object}`),
  };
  return { name: `${name}/${hash8(spec)}`, ...spec };
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
