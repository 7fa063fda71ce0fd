import { create, toBinary } from "@bufbuild/protobuf";
import type { Collection, Context, Graph, Member } from "../../engine/index.ts";
import { VirtualHostSchema } from "../../gen/envoy/config/route/v3/route_components_pb.js";
import { sameData } from "../equal.ts";
import { anyHost, type Hostname } from "../listeners/hostnames.ts";
import { refuseMisdirected } from "../listeners/listener-mark.ts";
import { type ListenerModel, ownerName } from "../listeners/model.ts";
import type { VirtualHostResource } from "../resources.ts";
import { concatBytes, lengthDelimited, stringField } from "../wire.ts";
import { encodeMatcherTree, encodeOtherwise } from "./http/matcher-tree.ts";
import type { Contribution, EncodedEntry, HostContribution } from "./model.ts";
import { overlapsOf, type RouteOverlap } from "./overlaps.ts";
import { placeOf, type TableCollections } from "./tables.ts";

/** A virtual host with the fleet it is for. */
export interface FleetVirtualHost extends VirtualHostResource {
  readonly fleet: string;
  /** Routes that take the same requests. */
  readonly overlaps: readonly RouteOverlap[];
}

/** Field number of `VirtualHost.name`. */
const nameField = 1;
/** Field number of `VirtualHost.domains`. */
const domainsField = 2;
/** Field number of `VirtualHost.routes`. */
const routesField = 3;
/** Field number of `VirtualHost.matcher`. */
const matcherField = 21;

/**
 * Adds virtual hosts to the graph, one per host of a table. Every listener with a hostname has a host of its own even without
 * routes, so that requests to it do not fall through to a less specific listener of the same port (listener isolation). `counted`: fleets
 * that count requests by virtual host.
 */
export function createVirtualHosts(
  graph: Graph,
  contributions: Collection<Contribution>,
  tables: TableCollections,
  counted: Collection<true>,
): Collection<FleetVirtualHost> {
  return graph.group({
    name: "virtualHosts",
    from: contributions,
    by: ({ hosts }) => hosts.map(({ place }) => place),
    reduce: (members, place, ctx) => virtualHost(hostsAt(place, members), tables, counted, ctx),
    equal: sameData,
  });
}

/** The hosts that listeners bring along by themselves; that of an HTTPS listener for any host tells which requests are misdirected. */
export function createListenerHosts(graph: Graph, listeners: Collection<ListenerModel>): Collection<Contribution> {
  return graph.derive({ name: "listenerHosts", prefix: "Listener/", from: listeners, map: ownHost, equal: sameData });
}

function ownHost(listener: ListenerModel): Contribution | undefined {
  const { protocol } = listener.listener;
  const isNeeded =
    listener.isProgrammed && (protocol === "HTTPS" || (protocol === "HTTP" && listener.hostname !== anyHost));
  if (!isNeeded) return undefined;
  const from = [ownerName(listener)];
  const host = { ...placeOf(listener, listener.hostname), entries: [], clusters: [], extensions: [], from };
  return { hosts: [host], needs: [] };
}

function hostsAt(place: string, members: readonly Member<Contribution>[]): HostContribution[] {
  return members.flatMap(({ value }) => value.hosts.filter((host) => host.place === place));
}

function virtualHost(
  contributions: readonly HostContribution[],
  tables: TableCollections,
  counted: Collection<true>,
  ctx: Context,
): FleetVirtualHost | undefined {
  const [first] = contributions;
  const table = first && ctx.get(tables.tables, first.table);
  if (!table) return undefined;
  const owner = tables.owner(ctx, first.table, first.host);
  const own = contributions.filter((contribution) => contribution.listener === owner);
  if (own.length === 0) return undefined;
  const [only] = own;
  const entries = own.length === 1 && only ? only.entries : own.flatMap((contribution) => contribution.entries);
  const sorted = [...entries].sort((a, b) => (a.sortKey < b.sortKey ? -1 : a.sortKey > b.sortKey ? 1 : 0));
  const name = `${owner}/${first.host.replaceAll(".", "_")}`;
  return {
    fleet: table.fleet,
    table: table.name,
    name,
    bytes: encode(
      encodeHead(name, first.host, ctx.get(counted, table.fleet)),
      sorted,
      table.isShared ? owner : undefined,
    ),
    clusters: [...new Set(own.flatMap((contribution) => contribution.clusters))],
    extensions: [...new Set(own.flatMap((contribution) => contribution.extensions))],
    from: [...new Set(own.flatMap((contribution) => contribution.from))],
    overlaps: overlapsOf(own),
  };
}

/** The host without its routes. `isCounted`: its requests have statistics of their own, which Envoy keeps for virtual clusters. */
function encodeHead(name: string, host: Hostname, isCounted = false): Uint8Array {
  // There is one for each host, so it is not worth a message of its own.
  const head = concatBytes([stringField(nameField, name), stringField(domainsField, host)]);
  if (!isCounted) return head;
  const everyRequest = { name: ":authority", headerMatchSpecifier: { case: "presentMatch" as const, value: true } };
  const virtualClusters = [{ name: host.replaceAll(".", "_"), headers: [everyRequest] }];
  return concatBytes([head, toBinary(VirtualHostSchema, create(VirtualHostSchema, { virtualClusters }))]);
}

/** `guarded`: the listener whose connections alone may be used. */
function encode(head: Uint8Array, entries: readonly EncodedEntry[], guarded: string | undefined): Uint8Array {
  const tree = encodeMatcherTree(entries);
  if (guarded !== undefined) {
    const others = encodeOtherwise(entries, tree);
    return concatBytes([head, lengthDelimited(matcherField, concatBytes([refuseMisdirected(guarded), others]))]);
  }
  if (tree) return concatBytes([head, lengthDelimited(matcherField, tree)]);
  return concatBytes([head, ...entries.map((entry) => lengthDelimited(routesField, entry.bytes))]);
}
