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
