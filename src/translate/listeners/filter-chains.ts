import type { Collection, Context, Graph } from "../../engine/index.ts";
import { sameData } from "../equal.ts";
import type { Fleet } from "../gateways/fleets.ts";
import type { ProxySettings } from "../gateways/proxy-settings.ts";
import type { TranslationOptions } from "../options.ts";
import { type StreamClaim, type StreamRouteModel, streamPlace, streamPort } from "../routes/stream/model.ts";
import { type RouteTable, tableOf } from "../routes/tables.ts";
import { bindPort } from "./bind-port.ts";
import { type HttpChainInput, httpsChain } from "./envoy/http-chain.ts";
import type { HttpFilterSlot } from "./envoy/http-filters.ts";
import { closingChain, streamChain } from "./envoy/stream-chain.ts";
import { coveringHostnames, type Hostname } from "./hostnames.ts";
import { carriesHttp, type ListenerModel, transportOf } from "./model.ts";

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
  /** Claims that are served, by place. */
  readonly servedClaims: Collection<StreamClaim>;
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
    map: (listener) => (listener.isProgrammed && listener.listener.protocol !== "HTTP" ? listener : undefined),
    equal: sameData,
  });
  const byServerName = graph.index({
    name: "listenersByServerName",
    from: served,
    keys: (listener) => [streamPlace(listener, listener.hostname)],
  });
  const ownerOf = (port: string, serverName: Hostname, ctx: Context): string | undefined => {
    for (const hostname of coveringHostnames(serverName)) {
      const [first] = ctx.lookup(byServerName, `${port}|${hostname}`);
      if (first) return first.key;
    }
    return undefined;
  };
  const servedClaims = graph.group({
    name: "servedClaims",
    from: sources.streamRoutes,
    by: ({ claims }) => claims.map(({ place }) => place),
    reduce: (members, place, ctx): StreamClaim | undefined => {
      const claims = members.flatMap(({ value }) => value.claims.filter((claim) => claim.place === place));
      const [any] = claims;
      // A name belongs to the most precise listener of its port, even if no route there wants it.
      const owner = any && ownerOf(place.slice(0, -any.serverName.length - 1), any.serverName, ctx);
      return claims
        .filter(({ listener }) => listener === owner)
        .sort((a, b) => (a.precedence < b.precedence ? -1 : 1))[0];
    },
    equal: sameData,
  });
  const input = (listener: ListenerModel, ctx: Context) => {
    const proxy: ProxySettings = ctx.get(sources.fleets, listener.fleet)?.proxy ?? {};
    return { proxy, bindPort: bindPort(listener.listener.port, proxy, options) };
  };
  const ofRoutes = graph.derive({
    name: "routeChains",
    from: servedClaims,
    map: (claim, _place, ctx): EncodedChain | undefined => {
      const listener = ctx.get(served, claim.listener);
      if (!listener || transportOf(listener.listener) === "UDP") return undefined;
      const { route: name, serverName, targets } = claim;
      return {
        port: streamPort(listener),
        order: `${listener.order}|${claim.precedence}|${serverName}`,
        bytes: streamChain(listener, { name, serverName, targets, ...input(listener, ctx) }),
        clusters: targets.map(({ cluster }) => cluster),
        from: [claim.from],
      };
    },
    equal: sameData,
  });
  const ofListeners = graph.expand({
    name: "listenerChains",
    from: served,
    map: (listener, key, ctx) => {
      const place = streamPlace(listener, listener.hostname);
      const chain = {
        port: streamPort(listener),
        order: listener.order,
        clusters: [],
        from: [`Gateway ${listener.gateway}`],
      };
      if (carriesHttp(listener.listener)) {
        const routeTable = ctx.get(sources.tables, tableOf(listener))?.name ?? key;
        const http: HttpChainInput = { routeTable, slots: sources.slots, ...input(listener, ctx) };
        return [[place, { ...chain, bytes: httpsChain(listener, http) }] as const];
      }
      const isNeeded =
        transportOf(listener.listener) === "TCP" &&
        !ctx.get(servedClaims, place) &&
        coveredByAnother(listener, ownerOf, ctx);
      return isNeeded ? [[place, { ...chain, bytes: closingChain(listener, input(listener, ctx)) }] as const] : [];
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
  return { servedClaims, byPort };
}

/** Whether connections to a listener's hostname would reach another listener, were there no chain for it. */
function coveredByAnother(
  listener: ListenerModel,
  ownerOf: (port: string, serverName: Hostname, ctx: Context) => string | undefined,
  ctx: Context,
): boolean {
  const [, ...covering] = coveringHostnames(listener.hostname);
  const [next] = covering;
  return next !== undefined && ownerOf(streamPort(listener), next, ctx) !== undefined;
}
