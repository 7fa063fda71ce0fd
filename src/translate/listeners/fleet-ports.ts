import type { Collection, Graph } from "../../engine/index.ts";
import type { Transport } from "../backends/destination.ts";
import { sameData } from "../equal.ts";
import { type ListenerModel, transportOf } from "./model.ts";

/** A port a fleet serves. */
export interface FleetPortModel {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly transport: Transport;
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
