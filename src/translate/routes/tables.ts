import { create, toBinary } from "@bufbuild/protobuf";
import type { Collection, Context, Graph, Index } from "../../engine/index.ts";
import { RouteConfigurationSchema } from "../../gen/envoy/config/route/v3/route_pb.js";
import { sameData } from "../equal.ts";
import { coveringHostnames, type Hostname } from "../listeners/hostnames.ts";
import { carriesHttp, type ListenerModel, type ListenerPlace, portKey } from "../listeners/model.ts";
import type { TranslationOptions } from "../options.ts";
import type { Resource } from "../resources.ts";
import { MAX_DIRECT_RESPONSE_BYTES } from "./http/direct-response.ts";

/** A route table: what Envoy calls a RouteConfiguration. */
export interface RouteTable {
  readonly fleet: string;
  /** Name of the RouteConfiguration. */
  readonly name: string;
  /** Connections of several TLS listeners use it, and a client may send a request over another listener's connection. */
  readonly isShared: boolean;
}

/**
 * Id of the table that serves a listener. Plain-text listeners of one port share a table, since Envoy cannot tell them apart before it
 * knows the host; so do HTTPS listeners, since a request may come over a connection that another one took. This function is the only place that draws the tables' boundary:
 * splitting a port's hosts over several tables (scoped routes) means adding the host here.
 */
export function tableOf(model: ListenerPlace): string {
  const { fleet, listener } = model;
  let table = tableIds.get(model);
  if (table === undefined) {
    table = `${portKey(fleet, listener.port)}|${listener.protocol.toLowerCase()}`;
    tableIds.set(model, table);
  }
  return table;
}

/** Each made once: every host of every route bears one. */
const tableIds = new WeakMap<ListenerPlace, string>();

/** Where a host served through a listener belongs. */
export function placeOf(
  listener: ListenerPlace & Pick<ListenerModel, "key">,
  host: Hostname,
): { readonly table: string; readonly listener: string; readonly host: Hostname; readonly place: string } {
  const table = tableOf(listener);
  return { table, listener: listener.key, host, place: `${table}|${host}` };
}

/** Collections about route tables. */
export interface TableCollections {
  /** Tables by id. */
  readonly tables: Collection<RouteTable>;
  /** Encoded heads (a RouteConfiguration without virtual hosts), keyed `<fleet>|<name>`. */
  readonly heads: Collection<Resource>;
  /** Key of the listener that owns a host of a table: the most specific one that covers it. */
  owner(ctx: Context, table: string, host: Hostname): string | undefined;
}

/** A served listener as far as tables look at it: hosts of a port ask for it, and are not to hear of its conditions. */
type ServedListener = ListenerPlace & Pick<ListenerModel, "key" | "hostname" | "order">;

/** Adds route tables to the graph, named after their port, or after their first listener. */
export function createTables(
  graph: Graph,
  listeners: Collection<ListenerModel>,
  options: TranslationOptions,
): TableCollections {
  const served = graph.derive({
    name: "servedListeners",
    from: listeners,
    map: ({ isProgrammed, key, fleet, hostname, order, listener }): ServedListener | undefined => {
      const { port, protocol } = listener;
      return isProgrammed && carriesHttp(listener)
        ? { key, fleet, hostname, order, listener: { port, protocol } }
        : undefined;
    },
    equal: sameData,
  });
  const tables = graph.group({
    name: "routeTables",
    from: served,
    by: tableOf,
    compare: (a, b) => (a.value.order < b.value.order ? -1 : 1),
    reduce: (members): RouteTable | undefined => {
      const first = members[0]?.value;
      const isShared = members.length > 1 && first?.listener.protocol === "HTTPS";
      return first && { fleet: first.fleet, name: tableName(first, options), isShared };
    },
    equal: sameData,
  });
  const byHostname: Index<ServedListener> = graph.index({
    name: "servedListenersByHostname",
    from: served,
    keys: (listener) => [`${tableOf(listener)}|${listener.hostname}`],
  });
  const heads = graph.expand({
    name: "routeTableHeads",
    from: tables,
    map: ({ fleet, name }) => [[`${fleet}|${name}`, encodeHead(name)] as const],
    equal: sameData,
  });
  return {
    tables,
    heads,
    owner(ctx, table, host) {
      for (const hostname of coveringHostnames(host)) {
        const [first] = ctx.lookup(byHostname, `${table}|${hostname}`);
        if (first) return first.key;
      }
      return undefined;
    },
  };
}

/**
 * HTTPS listeners come and go on a port one by one, each with a chain of its own; the name stays whatever their number, as a chain that names
 * another table drains its connections. The colon keeps it apart from names of listeners.
 */
function tableName({ key, fleet, listener }: ServedListener, options: TranslationOptions): string {
  if (listener.protocol === "HTTPS") return `${fleet}/https:${listener.port}`;
  return options.xdsNames === "port" ? `http-${listener.port}` : key;
}

function encodeHead(name: string): Resource {
  return {
    name,
    bytes: toBinary(
      RouteConfigurationSchema,
      create(RouteConfigurationSchema, {
        name,
        ignorePortInHostMatching: true,
        maxDirectResponseBodySizeBytes: MAX_DIRECT_RESPONSE_BYTES,
      }),
    ),
  };
}
