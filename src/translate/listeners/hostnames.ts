/**
 * Hostnames as Gateway API writes them: exact (`a.example.com`), wildcard (`*.example.com`, one or more labels in front), or
 * absent, written here as `*`, for any host. Compared in lower case, as DNS and Envoy do.
 */
export type Hostname = string;

/** Any host. */
export const anyHost: Hostname = "*";

/** Brings a listener's or route's hostname to the form used here; absent and empty mean any host. */
export function normalizeHostname(hostname: string | undefined): Hostname {
  return hostname ? hostname.toLowerCase() : anyHost;
}

const isWildcard = (hostname: Hostname): boolean => hostname.startsWith("*.");

/** True when every host that `inner` covers is covered by `outer`, too. A wildcard covers no bare suffix: `*.a.b` does not cover `a.b`. */
export function covers(outer: Hostname, inner: Hostname): boolean {
  if (outer === anyHost || outer === inner) return true;
  if (!isWildcard(outer) || inner === anyHost) return false;
  return inner.endsWith(outer.slice(1)) && inner.length > outer.length - 1;
}

/** The hosts that both cover, or `undefined` when there are none. Of two nested hostnames that is the more specific one. */
export function intersect(a: Hostname, b: Hostname): Hostname | undefined {
  if (covers(a, b)) return b;
  return covers(b, a) ? a : undefined;
}

/**
 * Hostnames that cover `host`, the most specific first: itself, then its wildcards from long to short, then any host.
 * Envoy searches domains in this order.
 */
export function* coveringHostnames(host: Hostname): Generator<Hostname> {
  yield host;
  let rest = isWildcard(host) ? host.slice(2) : host;
  for (let dot = rest.indexOf("."); dot >= 0; dot = rest.indexOf(".")) {
    rest = rest.slice(dot + 1);
    yield `*.${rest}`;
  }
  if (host !== anyHost) yield anyHost;
}
