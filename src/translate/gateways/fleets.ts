import { compareAge, keyOf, type ObjectKey } from "../../api/object.ts";
import type { Collection, Graph } from "../../engine/index.ts";
import type { Transport } from "../backends/destination.ts";
import { sameData } from "../equal.ts";
import { type ListenerModel, transportOf } from "../listeners/model.ts";
import type { ManagedGateway } from "./gateways.ts";
import type { ProxySettings } from "./proxy-settings.ts";

/** The Envoys that serve one Gateway, or all Gateways of a class that merges them. Key: the Gateway's key, or the class's name. */
export interface Fleet {
  readonly key: string;
  readonly gateways: readonly ObjectKey[];
  readonly proxy: ProxySettings;
  readonly owner: FleetOwner;
  /** The EnvoyProxy that `proxy.telemetry` comes from. */
  readonly telemetryOwner?: ManagedGateway["telemetryOwner"];
}

/** Whose Envoys they are, for what is made in a cluster to run them. */
export interface FleetOwner {
  readonly gatewayClass: { readonly name: string; readonly uid?: string };
  /** Absent where the Gateways of the class are merged. */
  readonly gateway?: { readonly namespace: string; readonly name: string; readonly uid?: string };
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** IP addresses that are asked for. */
  readonly addresses: readonly string[];
}

/** A port a fleet serves. */
export interface FleetPortModel {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly transport: Transport;
}

/** Fleets of usable Gateways. */
export function createFleets(graph: Graph, gateways: Collection<ManagedGateway>): Collection<Fleet> {
  return graph.group({
    name: "fleets",
    from: gateways,
    by: (gateway) => (gateway.isUsable ? gateway.fleet : undefined),
    compare: (a, b) => compareAge(a.value.object, b.value.object),
    reduce: (members, key): Fleet | undefined => {
      const first = members[0]?.value;
      if (!first) return undefined;
      const { proxy, telemetryOwner } = first;
      return {
        key,
        gateways: members.map((member) => member.key),
        proxy,
        owner: ownerOf(
          members.map(({ value }) => value),
          key,
        ),
        ...(telemetryOwner ? { telemetryOwner } : {}),
      };
    },
    equal: sameData,
  });
}

function ownerOf(members: readonly ManagedGateway[], key: string): FleetOwner {
  const [first] = members;
  const { className = "", classUid } = first ?? {};
  const gatewayClass = { name: className, ...(classUid ? { uid: classUid } : {}) };
  const addresses = members.flatMap(({ object }) =>
    (object.spec.addresses ?? []).flatMap(({ type, value }) => (type === "IPAddress" && value ? [value] : [])),
  );
  const isOwn = first !== undefined && keyOf(first.object) === key;
  if (!isOwn) return { gatewayClass, labels: {}, annotations: {}, addresses: [...new Set(addresses)] };
  const { metadata, spec } = first.object;
  const { namespace = "", name, uid } = metadata;
  const { labels = {}, annotations = {} } = spec.infrastructure ?? {};
  return { gatewayClass, gateway: { namespace, name, ...(uid ? { uid } : {}) }, labels, annotations, addresses };
}

/** Ports of each fleet with at least one served listener; a fleet without is not run. */
export function createFleetPorts(
  graph: Graph,
  listeners: Collection<ListenerModel>,
): Collection<readonly FleetPortModel[]> {
  return graph.group({
    name: "fleetPorts",
    from: listeners,
    by: (listener) => (listener.isProgrammed ? listener.fleet : undefined),
    compare: (a, b) => (a.value.order < b.value.order ? -1 : 1),
    reduce: (members) => {
      const ports = new Map<string, FleetPortModel>();
      for (const { value } of members) {
        const { name, port, protocol } = value.listener;
        const transport = transportOf(value.listener);
        const key = `${port}/${transport}`;
        if (!ports.has(key)) ports.set(key, { name, port, protocol, transport });
      }
      return [...ports.values()];
    },
    equal: sameData,
  });
}
