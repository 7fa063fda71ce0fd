import { compareAge, type ObjectKey } from "../../api/object.ts";
import type { Collection, Graph, Member } from "../../engine/index.ts";
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
  /** The EnvoyProxy that `proxy.telemetry` comes from. */
  readonly telemetryOwner?: ManagedGateway["telemetryOwner"];
  /**
   * `spec.infrastructure` of the Gateways, for whatever objects are made for the fleet; of keys that several have the oldest one's. Processes on
   * this machine have no use for them.
   */
  readonly labels: Metadata;
  readonly annotations: Metadata;
}

type Metadata = Readonly<Record<string, string>>;

/** A port a fleet serves. */
export interface FleetPortModel {
  readonly name: string;
  readonly port: number;
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
        labels: together(members, "labels"),
        annotations: together(members, "annotations"),
        ...(telemetryOwner ? { telemetryOwner } : {}),
      };
    },
    equal: sameData,
  });
}

function together(members: readonly Member<ManagedGateway>[], field: "labels" | "annotations"): Metadata {
  const newestFirst = members.map(({ value }) => value.object.spec.infrastructure?.[field] ?? {}).reverse();
  return Object.assign({}, ...newestFirst);
}

/** Ports of each fleet with at least one served listener; a fleet without is not run. */
export function createFleetPorts(
  graph: Graph,
  listeners: Collection<ListenerModel>,
): Collection<readonly FleetPortModel[]> {
  const first = graph.group({
    name: "fleetPortOwners",
    from: listeners,
    by: ({ fleet, listener, isProgrammed }) =>
      isProgrammed ? `${fleet}|${listener.port}/${transportOf(listener)}` : undefined,
    compare: (a, b) => (a.value.order < b.value.order ? -1 : 1),
    reduce: (members) => {
      const model = members[0]?.value;
      if (!model) return undefined;
      const { fleet, listener, order } = model;
      return { fleet, order, port: { name: listener.name, port: listener.port, transport: transportOf(listener) } };
    },
    equal: sameData,
  });
  return graph.group({
    name: "fleetPorts",
    from: first,
    by: ({ fleet }) => fleet,
    compare: (a, b) => (a.value.order < b.value.order ? -1 : 1),
    reduce: (members): readonly FleetPortModel[] => members.map(({ value }) => value.port),
    equal: sameData,
  });
}
