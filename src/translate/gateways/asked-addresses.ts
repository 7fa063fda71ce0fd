import type { Gateway } from "../../api/gateway-api/gateway.ts";

/** The IP addresses that a Gateway asks for in `spec.addresses`. */
export interface AskedAddresses {
  readonly usable: readonly string[];
  readonly unusable: readonly string[];
}

/** What is known about the addresses that can be had; nothing known: all that is asked for is taken as usable. */
export interface KnownAddresses {
  /** All addresses of the machine the Envoys run on. */
  readonly localAddresses?: readonly string[] | undefined;
  /** Addresses that were asked for and that nothing leads to. */
  readonly unusableAddresses?: readonly string[] | undefined;
}

/** Sorts the IP addresses a Gateway asks for by whether its Envoys can have them. */
export function askedAddresses(
  { addresses = [] }: Pick<Gateway["spec"], "addresses">,
  { localAddresses, unusableAddresses = [] }: KnownAddresses = {},
): AskedAddresses {
  const asked = addresses.flatMap(({ type, value }) => (type === "IPAddress" && value ? [value] : []));
  const local = localAddresses && new Set(localAddresses.map(canonical));
  const refused = new Set(unusableAddresses.map(canonical));
  const isUsable = (address: string): boolean =>
    !refused.has(canonical(address)) && (!local || local.has(canonical(address)));
  return { usable: asked.filter(isUsable), unusable: asked.filter((address) => !isUsable(address)) };
}

/** One way to write an address: IPv6 has several. */
export function canonical(address: string): string {
  const url = `http://[${address}]`;
  return address.includes(":") && URL.canParse(url) ? new URL(url).hostname : address;
}
