import { compareAge, keyOf, type ObjectKey } from "../../api/object.ts";
import type { Collection, Graph, Member } from "../../engine/index.ts";
import type { Transport } from "../backends/destination.ts";
import { sameData } from "../equal.ts";
import { type ListenerModel, transportOf } from "../listeners/model.ts";
import { askedAddresses } from "./asked-addresses.ts";
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

type Metadata = Readonly<Record<string, string>>;

/** Whose Envoys they are, for what is made in a cluster to run them. */
export interface FleetOwner {
  readonly gatewayClass: { readonly name: string; readonly uid?: string };
  /** Absent where the Gateways of the class are merged. */
  readonly gateway?: { readonly namespace: string; readonly name: string; readonly uid?: string };
  /** `spec.infrastructure` of the Gateways, for whatever objects are made for the fleet; of keys that several have the oldest one's. */
  readonly labels: Metadata;
  readonly annotations: Metadata;
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
        owner: ownerOf(members, key),
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

function ownerOf(members: readonly Member<ManagedGateway>[], key: string): FleetOwner {
  const first = members[0]?.value;
  const { className = "", classUid } = first ?? {};
  const addresses = members.flatMap(({ value }) => askedAddresses(value.object.spec).usable);
  const isOwn = first !== undefined && keyOf(first.object) === key;
  return {
    gatewayClass: { name: className, ...(classUid ? { uid: classUid } : {}) },
    ...(isOwn ? { gateway: identityOf(first.object) } : {}),
    labels: together(members, "labels"),
    annotations: together(members, "annotations"),
    addresses: [...new Set(addresses)],
  };
}

function identityOf({ metadata }: ManagedGateway["object"]): NonNullable<FleetOwner["gateway"]> {
  const { namespace = "", name, uid } = metadata;
  return { namespace, name, ...(uid ? { uid } : {}) };
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
      const { fleet, order } = model;
      const { name, port, protocol } = model.listener;
      return { fleet, order, port: { name, port, protocol, transport: transportOf(model.listener) } };
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
