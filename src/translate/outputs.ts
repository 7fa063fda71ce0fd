import type { Change, Collection, Graph } from "../engine/index.ts";
import type { FleetExtensionPart } from "./policies/extensions.ts";
import type { FleetChange, Resource, ResourceChange } from "./resources.ts";
import type { FleetVirtualHost } from "./routes/virtual-hosts.ts";

/** Encoded resources keyed `<fleet>|<name>`, by the field of a FleetChange they go to. */
export type ResourceCollections = Readonly<
  Record<Exclude<keyof FleetChange, "virtualHost" | "extensionPart">, Collection<Resource>>
>;

/** The ends of the graph that fleets are sent. */
export interface FleetOutputs {
  readonly resources: ResourceCollections;
  readonly virtualHosts: Collection<FleetVirtualHost>;
  readonly extensionParts: Collection<FleetExtensionPart>;
}

type MutableFleetChange = { -readonly [K in keyof FleetChange]: FleetChange[K] };

/**
 * Gathers what changed at the ends of the graph, by fleet. Changes of several commits add up until they are taken.
 */
export class FleetChanges {
  private readonly pending = new Map<string, MutableFleetChange>();

  constructor(graph: Graph, { resources, virtualHosts, extensionParts }: FleetOutputs) {
    for (const type of Object.keys(resources) as (keyof ResourceCollections)[]) {
      graph.watch(resources[type], (changes) => this.addResources(type, changes));
    }
    graph.watch(virtualHosts, (changes) => this.addVirtualHosts(changes));
    graph.watch(extensionParts, (changes) => this.addExtensionParts(changes));
  }

  /** What changed since the last call. */
  take(): ReadonlyMap<string, FleetChange> {
    const taken = new Map(this.pending);
    this.pending.clear();
    return taken;
  }

  private of(fleet: string): MutableFleetChange {
    const found = this.pending.get(fleet);
    if (found) return found;
    const created: MutableFleetChange = {};
    this.pending.set(fleet, created);
    return created;
  }

  private addResources(type: keyof ResourceCollections, changes: readonly Change<Resource>[]): void {
    for (const { key, value } of changes) {
      const separator = key.indexOf("|");
      const change = this.of(key.slice(0, separator));
      const list = (change[type] ?? []) as ResourceChange[];
      list.push({ name: key.slice(separator + 1), value });
      change[type] = list;
    }
  }

  /**
   * A table that is renamed takes its hosts along: they leave the old name and appear under the new one. All departures come
   * first, for what leaves one table may be what another one, of the same name from now on, brings along.
   */
  private addVirtualHosts(changes: readonly Change<FleetVirtualHost>[]): void {
    for (const { value, previous } of changes) {
      if (
        previous &&
        (!value || value.fleet !== previous.fleet || value.table !== previous.table || value.name !== previous.name)
      ) {
        this.pushVirtualHost(previous.fleet, { name: previous.name, table: previous.table, value: undefined });
      }
    }
    for (const { value } of changes) {
      if (value) this.pushVirtualHost(value.fleet, { name: value.name, table: value.table, value });
    }
  }

  private addExtensionParts(changes: readonly Change<FleetExtensionPart>[]): void {
    for (const { value, previous } of changes) {
      const part = value ?? previous;
      if (!part) continue;
      const change = this.of(part.fleet);
      const list = (change.extensionPart ?? []) as NonNullable<FleetChange["extensionPart"]>[number][];
      list.push({ name: part.name, extension: part.extension, value });
      change.extensionPart = list;
    }
  }

  private pushVirtualHost(fleet: string, entry: NonNullable<FleetChange["virtualHost"]>[number]): void {
    const change = this.of(fleet);
    const list = (change.virtualHost ?? []) as (typeof entry)[];
    list.push(entry);
    change.virtualHost = list;
  }
}
