import type { Address } from "./address.ts";
import type { JsonObject } from "./json.ts";

/** What tells Envoy's own listeners, which are no users', from each other. */
export interface OwnListenerOptions {
  readonly name: string;
  /** Address `::` stands for those of IPv4 too. */
  readonly address: Address;
  /** Fields of its HttpConnectionManager: all but the last of its filters, which is the router. */
  readonly manager: JsonObject & { readonly http_filters: readonly JsonObject[] };
}

/** A listener of the bootstrap for HTTP. It answers while traffic is refused for overload: a loaded Envoy is no dead one. */
export function ownListener({ name, address: { host, port }, manager }: OwnListenerOptions): JsonObject {
  const typedConfig = {
    "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    ...manager,
    http_filters: [...manager.http_filters, router],
  };
  return {
    name: `${name}-${host}-${port}`,
    address: {
      socket_address: { address: host, port_value: port, ...(host === "::" && { ipv4_compat: true }) },
    },
    bypass_overload_manager: true,
    filter_chains: [
      { filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: typedConfig }] },
    ],
  };
}

const router: JsonObject = {
  name: "envoy.filters.http.router",
  typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
};
