import { create, toBinary } from "@bufbuild/protobuf";
import {
  type Filter,
  type FilterChain,
  FilterChainMatchSchema,
  FilterChainSchema,
} from "../../gen/envoy/config/listener/v3/listener_components_pb.js";
import type { ProxySettings } from "../gateways/proxy-settings.ts";
import { anyHost, type Hostname } from "../listeners/hostnames.ts";
import { markConnection } from "../listeners/listener-mark.ts";
import type { ListenerModel } from "../listeners/model.ts";
import type { HttpFilterSlot } from "../routes/http/filter-slots.ts";
import { downstreamTlsSocket } from "./downstream-tls.ts";
import { type HttpConnectionManagerInput, httpConnectionManager } from "./http-connection-manager.ts";

/** What a filter chain that carries HTTP is made from. */
export interface HttpChainInput {
  /** Name of the route table. */
  readonly routeTable: string;
  /** Port that Envoy binds. */
  readonly bindPort: number;
  readonly proxy: ProxySettings;
  readonly slots: readonly HttpFilterSlot[];
}

/** The chain of a port without TLS, whatever the number of its listeners. */
export function plainHttpChain(input: HttpChainInput): FilterChain {
  return httpChain(input.routeTable, input, `http-${input.bindPort}`);
}

/** The encoded chain of an HTTPS listener, chosen by SNI. A listener without hostname takes what no other one does. */
export function httpsChain(listener: ListenerModel, input: HttpChainInput): Uint8Array {
  const { certificates, clientValidation, hostname, key } = listener;
  const chain = httpChain(key, input, `https-${input.bindPort}`);
  chain.filters.unshift(markConnection(key));
  chain.transportSocket = downstreamTlsSocket({
    certificates,
    alpn: ["h2", "http/1.1"],
    ...(clientValidation ? { clientValidation } : {}),
  });
  Object.assign(chain, matchServerName(hostname));
  return toBinary(FilterChainSchema, chain);
}

function httpChain(name: string, input: HttpChainInput, statPrefix: string): FilterChain {
  return create(FilterChainSchema, { name, filters: [managerOf(input, statPrefix)] });
}

/** The manager last made for some settings. It is the larger part of a chain, and the thousands of a port have the same. */
const lastManagers = new WeakMap<ProxySettings, HttpConnectionManagerInput & { readonly filter: Filter }>();

function managerOf({ routeTable, proxy, slots }: HttpChainInput, statPrefix: string): Filter {
  const last = lastManagers.get(proxy);
  if (last?.routeTable === routeTable && last.statPrefix === statPrefix && last.slots === slots) return last.filter;
  const input = { statPrefix, routeTable, proxy, slots };
  const filter = httpConnectionManager(input);
  lastManagers.set(proxy, { ...input, filter });
  return filter;
}

/** Which connections get a chain: those to a server name; all that no other chain takes for `*`. */
export function matchServerName(serverName: Hostname): Pick<FilterChain, "filterChainMatch"> {
  if (serverName === anyHost) return {};
  return { filterChainMatch: create(FilterChainMatchSchema, { serverNames: [serverName] }) };
}
