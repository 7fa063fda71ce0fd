import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";

/** IPv4 addresses at which other machines reach this one, or the loopback address where there is none. */
export function machineAddresses(): readonly string[] {
  const found = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);
  return found.length > 0 ? [...new Set(found)].sort() : ["127.0.0.1"];
}

/** All IP addresses of this machine, IPv6 and those of the loopback interface included. */
export function localAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
}

/**
 * The host to listen on for all addresses of this machine: `::`, which takes IPv4 as well, or `0.0.0.0` where the machine has no IPv6. Pods of
 * a cluster may have addresses of either family, or of both.
 */
export function anyHost(): "::" | "0.0.0.0" {
  return localAddresses().some((address) => isIPv6(address)) ? "::" : "0.0.0.0";
}

/** A host and a port as URLs and gRPC write them, e.g. `[::1]:18000`. */
export function hostWithPort(host: string, port: number): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
