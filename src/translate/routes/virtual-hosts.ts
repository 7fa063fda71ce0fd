import { create, toBinary } from "@bufbuild/protobuf";
import type { Collection, Context, Graph, Member } from "../../engine/index.ts";
import { VirtualHostSchema } from "../../gen/envoy/config/route/v3/route_components_pb.js";
import type { VirtualHostResource } from "../../xds/resources.ts";
import { sameData } from "../equal.ts";
import { anyHost, type Hostname } from "../listeners/hostnames.ts";
import type { ListenerModel } from "../listeners/model.ts";
import { concatBytes, lengthDelimited } from "../wire.ts";
import { encodeMatcherTree } from "./http/matcher-tree.ts";
import type { EncodedEntry, HostContribution } from "./model.ts";
import { type TableCollections, tableOf } from "./tables.ts";

/** A virtual host with the fleet it is for. */
export interface FleetVirtualHost extends VirtualHostResource {
  readonly fleet: string;
}

/** Field number of `VirtualHost.routes`. */
const routesField = 3;
/** Field number of `VirtualHost.matcher`. */
const matcherField = 21;

/**
 * Adds virtual hosts to the graph, one per host of a table. Every listener with a hostname has a host of its own even without
 * routes, so that requests to it do not fall through to a less specific listener of the same port (listener isolation).
 */
export function createVirtualHosts(
  graph: Graph,
  listeners: Collection<ListenerModel>,
  contributions: Collection<HostContribution>,
  tables: TableCollections,
): Collection<FleetVirtualHost> {
  const bare = graph.derive({ name: "listenerHosts", from: listeners, map: emptyHost, equal: sameData });
  const all = graph.union({ name: "hostContributions", from: [contributions, bare] });
  return graph.group({
    name: "virtualHosts",
    from: all,
    by: ({ table, host }) => `${table}|${host}`,
    reduce: (members, _group, ctx) => virtualHost(members, tables, ctx),
    equal: sameData,
  });
}

function emptyHost(listener: ListenerModel): HostContribution | undefined {
  const isNeeded = listener.isProgrammed && listener.listener.protocol === "HTTP" && listener.hostname !== anyHost;
  return isNeeded
    ? {
        table: tableOf(listener),
        listener: listener.key,
        host: listener.hostname,
        entries: [],
        clusters: [],
        from: [`Gateway ${listener.gateway}`],
      }
    : undefined;
}

function virtualHost(
  members: readonly Member<HostContribution>[],
  tables: TableCollections,
  ctx: Context,
): FleetVirtualHost | undefined {
  const first = members[0]?.value;
  const table = first && ctx.get(tables.tables, first.table);
  if (!table) return undefined;
  const owner = tables.owner(ctx, first.table, first.host);
  const own = members.map((member) => member.value).filter((contribution) => contribution.listener === owner);
  if (own.length === 0) return undefined;
  const [only] = own;
  const entries = own.length === 1 && only ? only.entries : own.flatMap((contribution) => contribution.entries);
  const sorted = [...entries].sort((a, b) => (a.sortKey < b.sortKey ? -1 : a.sortKey > b.sortKey ? 1 : 0));
  const name = `${owner}/${first.host.replaceAll(".", "_")}`;
  return {
    fleet: table.fleet,
    table: table.name,
    name,
    bytes: encode(name, first.host, sorted),
    clusters: [...new Set(own.flatMap((contribution) => contribution.clusters))],
    from: [...new Set(own.flatMap((contribution) => contribution.from))],
  };
}

function encode(name: string, host: Hostname, entries: readonly EncodedEntry[]): Uint8Array {
  const head = toBinary(VirtualHostSchema, create(VirtualHostSchema, { name, domains: [host] }));
  const tree = encodeMatcherTree(entries);
  if (tree) return concatBytes([head, lengthDelimited(matcherField, tree)]);
  return concatBytes([head, ...entries.map((entry) => lengthDelimited(routesField, entry.bytes))]);
}
