import type { Collection, Graph } from "../../engine/index.ts";
import type { Resource } from "../../xds/resources.ts";
import { sameData } from "../equal.ts";
import type { Fleet } from "../gateways/fleets.ts";
import type { ProxySettings } from "../gateways/proxy-settings.ts";
import type { TranslationOptions } from "../options.ts";
import { type RouteTable, tableOf } from "../routes/tables.ts";
import type { HttpFilterSlot } from "./envoy/http-filters.ts";
import { envoyListener } from "./envoy/listener.ts";
import { type ListenerModel, portKey } from "./model.ts";

/** Adds the Envoy listener of each served port to the graph, encoded and keyed `<fleet>|<name>`. */
export function createEnvoyListeners(
  graph: Graph,
  sources: {
    readonly listeners: Collection<ListenerModel>;
    readonly fleets: Collection<Fleet>;
    readonly tables: Collection<RouteTable>;
    readonly slots: readonly HttpFilterSlot[];
  },
  options: TranslationOptions,
): Collection<Resource> {
  const ports = graph.group({
    name: "envoyPorts",
    from: sources.listeners,
    by: (listener) => (listener.isProgrammed ? portKey(listener.fleet, listener.listener.port) : undefined),
    compare: (a, b) => (a.value.order < b.value.order ? -1 : 1),
    reduce: (members) => members.map((member) => member.value),
    equal: sameData,
  });
  return graph.expand({
    name: "envoyListeners",
    from: ports,
    map: (port, _key, ctx) => {
      const [first] = port;
      if (!first) return [];
      const proxy: ProxySettings = ctx.get(sources.fleets, first.fleet)?.proxy ?? {};
      const resource = envoyListener({
        listeners: port,
        name: options.xdsNames === "port" ? `tcp-${first.listener.port}` : first.key,
        bindPort: bindPort(first.listener.port, proxy, options),
        proxy,
        slots: sources.slots,
        tableName: (listener) => ctx.get(sources.tables, tableOf(listener))?.name ?? listener.key,
      });
      return [[`${first.fleet}|${resource.name}`, resource] as const];
    },
    equal: sameData,
  });
}

/** Envoy runs without privileges in a pod, so it binds low ports 10000 higher there; on a host the listener's port is used as it is. */
export function bindPort(port: number, proxy: ProxySettings, options: TranslationOptions): number {
  const keepsPort = proxy.provider?.kubernetes?.useListenerPortAsContainerPort === true;
  return options.shiftPrivilegedPorts && !keepsPort && port < 1024 ? port + 10000 : port;
}
