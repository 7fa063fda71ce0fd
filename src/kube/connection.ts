import type { ConnectionOptions } from "node:tls";
import type { KubeConfig } from "./config.ts";

/** How a TLS connection to the API server is made: whom to trust, and the client certificate to show. */
export function tlsOptions(config: KubeConfig): ConnectionOptions {
  return {
    rejectUnauthorized: !config.isInsecure,
    ...(config.ca !== undefined && { ca: config.ca }),
    ...(config.certificate !== undefined && { cert: config.certificate }),
    ...(config.key !== undefined && { key: config.key }),
    ...(config.serverName !== undefined && { servername: config.serverName }),
  };
}

/** The URL of a path below the API server's root. Query parameters that are empty or absent are left out. */
export function urlOf(
  config: KubeConfig,
  path: string,
  query: Readonly<Record<string, string | number | boolean | undefined>> = {},
): URL {
  const url = new URL(config.server);
  url.pathname = url.pathname.replace(/\/$/, "") + path;
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") url.searchParams.set(name, String(value));
  }
  return url;
}

/** Headers that every request has: who asks, and with which token. */
export function identityHeaders(config: KubeConfig): Readonly<Record<string, string>> {
  const token = config.token?.();
  return { "user-agent": "envoy-gateway", ...(token !== undefined && { authorization: `Bearer ${token}` }) };
}
