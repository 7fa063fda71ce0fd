import type { Collection, Context, Graph } from "../../engine/index.ts";
import { sameData } from "../equal.ts";
import type { Fleet } from "../gateways/fleets.ts";
import type { ProxySettings } from "../gateways/proxy-settings.ts";
import { bindPort } from "../listeners/bind-port.ts";
import { coveringHostnames } from "../listeners/hostnames.ts";
import { carriesHttp, type ListenerModel, ownerName, transportOf } from "../listeners/model.ts";
import type { TranslationOptions } from "../options.ts";
import type { HttpFilterSlot } from "../routes/http/filter-slots.ts";
import {
  EMPTY_CLUSTER,
  type StreamClaim,
  type StreamRouteModel,
  streamPlace,
  streamPort,
} from "../routes/stream/model.ts";
import { createServedClaims, type ServedClaims } from "../routes/stream/served-claims.ts";
import { type RouteTable, tableOf } from "../routes/tables.ts";
import { httpsChain } from "./http-chain.ts";
import { closingChain, streamChain } from "./stream-chain.ts";

/** An encoded filter chain. Key: its place, see {@link streamPlace}. */
export interface EncodedChain {
  /** Id of the Envoy listener, see {@link streamPort}. */
  readonly port: string;
  /** Orders the chains of a port. */
  readonly order: string;
  readonly bytes: Uint8Array;
  readonly clusters: readonly string[];
  /** Provenance: `Kind namespace/name`. */
  readonly from: readonly string[];
}

/** What filter chains are made from. */
export interface FilterChainSources {
  readonly listeners: Collection<ListenerModel>;
  readonly fleets: Collection<Fleet>;
  readonly tables: Collection<RouteTable>;
  readonly streamRoutes: Collection<StreamRouteModel>;
  readonly slots: readonly HttpFilterSlot[];
}

/** Collections about filter chains. */
export interface FilterChainCollections {
  /** Listeners that are served, without what only their statuses say. */
  readonly served: Collection<ListenerModel>;
  /** Claims that are served, by place. */
  readonly claims: Collection<StreamClaim>;
  /** Chains of each port that tells connections apart by SNI, or not at all, in order. Ports of plain HTTP have none. */
  readonly byPort: Collection<readonly EncodedChain[]>;
}

/**
 * Adds filter chains to the graph: one for each HTTPS listener, and one for each server name that stream routes claim. Each is encoded
 * once, whatever happens to the others, since a port may have thousands; and one for each name, so that another name of a route
 * changes, and drains, none of those it has.
 */
export function createFilterChains(
  graph: Graph,
  sources: FilterChainSources,
  options: TranslationOptions,
): FilterChainCollections {
  const served = graph.derive({
    name: "chainListeners",
    from: sources.listeners,
    map: (listener) => (listener.isProgrammed ? { ...listener, conditions: [] } : undefined),
    equal: sameData,
  });
  const claims = createServedClaims(graph, served, sources.streamRoutes);
  // Apart from the fleet, so that a Gateway that joins or leaves one touches no chain of the others.
  const proxies = graph.derive({
    name: "fleetProxies",
    from: sources.fleets,
    map: ({ proxy }) => proxy,
    equal: sameData,
  });
  const parts: ChainParts = { ...sources, proxies, claims, options };
  const ofRoutes = graph.derive({
    name: "routeChains",
    from: claims.claims,
    map: (claim, _place, ctx) => {
      const listener = ctx.get(served, claim.listener);
      return listener && hasChains(listener) ? routeChain(claim, listener, parts, ctx) : undefined;
    },
    equal: sameData,
  });
  const ofListeners = graph.expand({
    name: "listenerChains",
    from: served,
    map: (listener, _key, ctx) => {
      const chain = hasChains(listener) ? listenerChain(listener, parts, ctx) : undefined;
      return chain ? [[streamPlace(listener, listener.hostname), chain] as const] : [];
    },
    equal: sameData,
  });
  const byPort = graph.group({
    name: "chainsByPort",
    from: graph.union<EncodedChain>({ name: "filterChains", from: [ofRoutes, ofListeners] }),
    by: ({ port }) => port,
    compare: (a, b) => (a.value.order < b.value.order ? -1 : 1),
    reduce: (members) => members.map(({ value }) => value),
    equal: (a, b) => a.length === b.length && a.every((chain, i) => chain === b[i]),
  });
  return { served, claims: claims.claims, byPort };
}

interface ChainParts extends FilterChainSources {
  readonly proxies: Collection<ProxySettings>;
  readonly claims: ServedClaims;
  readonly options: TranslationOptions;
}

/** Whether the connections of a listener are told apart before anything is known of requests, or not at all. */
function hasChains({ listener }: ListenerModel): boolean {
  return listener.protocol !== "HTTP" && transportOf(listener) === "TCP";
}

function placeInFleet({ fleet, listener }: ListenerModel, { proxies, options }: ChainParts, ctx: Context) {
  const proxy = ctx.get(proxies, fleet) ?? {};
  return { proxy, bindPort: bindPort(listener.port, proxy, options) };
}

function routeChain(claim: StreamClaim, listener: ListenerModel, parts: ChainParts, ctx: Context): EncodedChain {
  const { port, route: name, serverName, targets, precedence } = claim;
  return {
    port,
    order: `${listener.order}|${precedence}|${serverName}`,
    bytes: streamChain(listener, { name, serverName, targets, ...placeInFleet(listener, parts, ctx) }),
    clusters: targets.flatMap(({ cluster }) => (cluster === EMPTY_CLUSTER ? [] : cluster)),
    from: [claim.from],
  };
}

/** The chain that a listener has by itself: that of its requests, or one that keeps its connections from reaching another listener. */
function listenerChain(listener: ListenerModel, parts: ChainParts, ctx: Context): EncodedChain | undefined {
  const isHttps = carriesHttp(listener.listener);
  if (!isHttps && !isLeftToAnother(listener, parts.claims, ctx)) return undefined;
  const place = placeInFleet(listener, parts, ctx);
  const routeTable = isHttps ? ctx.get(parts.tables, tableOf(listener))?.name : undefined;
  return {
    port: streamPort(listener),
    order: listener.order,
    bytes: isHttps
      ? httpsChain(listener, { routeTable: routeTable ?? listener.key, slots: parts.slots, ...place })
      : closingChain(listener, place),
    clusters: [],
    from: [ownerName(listener)],
  };
}

/** Whether connections to a listener's hostname, which no route of it takes, would reach another listener. */
function isLeftToAnother(listener: ListenerModel, { claims, owner }: ServedClaims, ctx: Context): boolean {
  if (ctx.get(claims, streamPlace(listener, listener.hostname))) return false;
  const [, next] = coveringHostnames(listener.hostname);
  return next !== undefined && owner(ctx, streamPort(listener), next) !== undefined;
}
