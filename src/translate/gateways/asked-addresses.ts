import type { Gateway } from "../../api/gateway-api/gateway.ts";

/** The IP addresses that a Gateway asks for in `spec.addresses`. */
export interface AskedAddresses {
  readonly usable: readonly string[];
  readonly unusable: readonly string[];
}

/**
 * Sorts the IP addresses a Gateway asks for by whether its Envoys can have them.
 * @param local Addresses of the machine the Envoys run on; absent when nobody knows, and all that is asked for is taken as usable.
 */
export function askedAddresses(
  { addresses = [] }: Pick<Gateway["spec"], "addresses">,
  local: readonly string[] | undefined,
): AskedAddresses {
  const asked = addresses.flatMap(({ type, value }) => (type === "IPAddress" && value ? [value] : []));
  if (!local) return { usable: asked, unusable: [] };
  const known = new Set(local.map(canonical));
  const isKnown = (address: string): boolean => known.has(canonical(address));
  return { usable: asked.filter(isKnown), unusable: asked.filter((address) => !isKnown(address)) };
}

/** One way to write an address: IPv6 has several. */
function canonical(address: string): string {
  const url = `http://[${address}]`;
  return address.includes(":") && URL.canParse(url) ? new URL(url).hostname : address;
}
