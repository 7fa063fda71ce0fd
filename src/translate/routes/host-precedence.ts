import { anyHost, type Hostname, intersect, normalizeHostname } from "../listeners/hostnames.ts";

/**
 * What comes before a route's sort keys on a host, so that of several routes the one whose own hostname says most comes first.
 *
 * Follows `HTTPRouteSpec.hostnames` and `GRPCRouteSpec.hostnames`: routes on one host of a listener may name it outright, by a wildcard,
 * or not at all, and it is what they name that counts. Plain text order; nothing for routes that name the very host.
 */
export function hostPrecedence(
  hostnames: readonly string[] | undefined,
  listenerHostname: Hostname,
  host: Hostname,
): string {
  if (host === anyHost) return "";
  const named = (hostnames ?? []).map(normalizeHostname).filter((own) => intersect(own, listenerHostname) === host);
  if (named.includes(host)) return "";
  const longest = Math.max(0, ...named.map((own) => own.length));
  return `~${String(999 - longest).padStart(3, "0")} `;
}
