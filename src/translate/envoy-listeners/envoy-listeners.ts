import type { Collection, Context, Graph } from "../../engine/index.ts";
import { sameData } from "../equal.ts";
import { type ProxySettings, telemetryClusters } from "../gateways/proxy-settings.ts";
import { bindPort } from "../listeners/bind-port.ts";
import { anyHost } from "../listeners/hostnames.ts";
import { type ListenerModel, transportOf } from "../listeners/model.ts";
import type { TranslationOptions } from "../options.ts";
import type { Resource } from "../resources.ts";
import { EMPTY_CLUSTER, streamPlace, streamPort } from "../routes/stream/model.ts";
import { tableOf } from "../routes/tables.ts";
import { createFilterChains, type FilterChainCollections, type FilterChainSources } from "./filter-chains.ts";
import { plainHttpChain } from "./http-chain.ts";
import { chainsListener, type EnvoyListenerInput, plainListener, udpListener } from "./listener.ts";
import { closingChain } from "./stream-chain.ts";

/** Adds the Envoy listener of each served port to the graph, encoded and keyed `<fleet>|<name>`. */
export function createEnvoyListeners(
  graph: Graph,
  sources: FilterChainSources,
  options: TranslationOptions,
): Collection<Resource> {
  const chains = createFilterChains(graph, sources, options);
  // By Gateway first, so that a port with thousands of listeners is known by a few of them.
  const firstOfGateways = graph.group({
    name: "firstListenersOfGateways",
    from: chains.served,
    by: (listener) => `${streamPort(listener)}|${listener.gateway}`,
    compare: (a, b) => (a.value.order < b.value.order ? -1 : 1),
    reduce: (members) => members[0]?.value,
    equal: sameData,
  });
  const ports = graph.group({
    name: "envoyPorts",
    from: firstOfGateways,
    by: streamPort,
    compare: (a, b) => (a.value.order < b.value.order ? -1 : 1),
    reduce: (members) => members.map((member) => member.value),
    equal: sameData,
  });
  return graph.expand({
    name: "envoyListeners",
    from: ports,
    map: (listeners, port, ctx) => {
      const [first] = listeners;
      if (!first) return [];
      const proxy: ProxySettings = ctx.get(sources.fleets, first.fleet)?.proxy ?? {};
      const input = { name: nameOf(first, options), bindPort: bindPort(first.listener.port, proxy, options), proxy };
      const content = listenerOf({ first, input, sources, chains, port }, ctx);
      const clusters = new Set([...content.clusters, ...telemetryClusters(proxy)]);
      const gateways = listeners.map(({ gateway }) => `Gateway ${gateway}`);
      const resource: Resource = {
        name: input.name,
        bytes: content.bytes,
        ...(clusters.size > 0 ? { clusters: [...clusters] } : {}),
        from: [...new Set([...gateways, ...content.from])],
      };
      return [[`${first.fleet}|${resource.name}`, resource] as const];
    },
    equal: sameData,
  });
}

function nameOf({ key, listener }: ListenerModel, options: TranslationOptions): string {
  return options.xdsNames === "port" ? `${transportOf(listener).toLowerCase()}-${listener.port}` : key;
}

interface PortInput {
  readonly first: ListenerModel;
  readonly input: EnvoyListenerInput;
  readonly sources: FilterChainSources;
  readonly chains: FilterChainCollections;
  readonly port: string;
}

/** A listener, encoded, with what it needs. */
interface ListenerContent {
  readonly bytes: Uint8Array;
  readonly clusters: readonly string[];
  readonly from: readonly string[];
}

function listenerOf({ first, input, sources, chains, port }: PortInput, ctx: Context): ListenerContent {
  if (transportOf(first.listener) === "UDP") {
    const claim = ctx.get(chains.claims, streamPlace(first, anyHost));
    const clusters = claim?.targets.map(({ cluster }) => cluster) ?? [];
    const bytes = udpListener(input, clusters[0] ?? EMPTY_CLUSTER);
    return { bytes, clusters, from: claim ? [claim.from] : [] };
  }
  if (first.listener.protocol === "HTTP") {
    const routeTable = ctx.get(sources.tables, tableOf(first))?.name ?? first.key;
    const bytes = plainListener(input, plainHttpChain({ ...input, routeTable, slots: sources.slots }));
    return { bytes, clusters: [], from: [] };
  }
  const encoded = ctx.get(chains.byPort, port) ?? [];
  // Envoy refuses a listener without any chain.
  const parts = encoded.length > 0 ? encoded.map(({ bytes }) => bytes) : [closingChain(first, input)];
  return {
    bytes: chainsListener(input, parts, { isTls: first.listener.protocol !== "TCP" }),
    clusters: encoded.flatMap(({ clusters }) => clusters),
    from: encoded.flatMap(({ from }) => from),
  };
}
