import { type Entry, unknownEntry } from "./entry.ts";
import type { FleetStore, StoreChange } from "./fleet-store.ts";
import type { DiscoveryRequest } from "./messages.ts";
import { isTableType, type ResourceType, type TableType } from "./resource-types.ts";
import { tableHead } from "./route-table.ts";
import { type Quarantine, View } from "./view.ts";
import type { Parts } from "./wire.ts";

/** Delta, or state of the world. */
export type Protocol = "delta" | "sotw";

/** Where a session's messages go: one gRPC stream. */
export interface Outlet {
  /** Writes one message; `false` when the stream takes no more until it has drained. */
  write(message: Parts): boolean;
  /** Set while the stream does not take more. */
  isBlocked: boolean;
}

/** A resource of a channel. */
export interface Ref {
  readonly view: View;
  readonly name: string;
}

/** A resource in a response: what the Envoy had, and what it gets. */
export interface Unit extends Ref {
  readonly from: Entry | undefined;
  readonly to: Entry | undefined;
}

/** A response that has not been acknowledged. */
export interface Flight {
  readonly nonce: string;
  readonly version: string;
  /** The session's count of responses at the time it was sent. */
  readonly moment: number;
  readonly units: readonly Unit[];
}

const everything = "*";

/** One resource type on one stream: what is subscribed, what was sent, and what is being tried after a refusal. */
export class Channel {
  readonly type: ResourceType;
  readonly outlet: Outlet;
  readonly protocol: Protocol;
  /** Whether all resources of the type are wanted, whatever their names. */
  isWildcard = false;
  readonly names = new Set<string>();
  /** Tables (route tables, extensions) by name; for other types one view named "". */
  readonly views = new Map<string, View>();
  flight: Flight | undefined;
  /** Groups of what was refused together, to be sent one after the other, before anything else. */
  trials: Ref[][] = [];
  /** Refused alone while others of the refused response were still to be tried: perhaps only out of order. */
  doubtful: Ref[] = [];
  /** The doubtful are being tried for the last time. */
  isFinalTrial = false;
  /** A wildcard subscription is answered even when there is nothing, because Envoy's start waits for it. */
  owesAnswer = false;
  acknowledged: { readonly version: string; readonly nonce: string } | undefined;
  lastNonce = "";
  readonly #store: FleetStore;

  constructor(type: ResourceType, outlet: Outlet, protocol: Protocol, store: FleetStore) {
    this.type = type;
    this.outlet = outlet;
    this.protocol = protocol;
    this.#store = store;
    if (!isTableType(type)) this.views.set("", new View((name) => store.resources(type).get(name)));
  }

  wants(name: string): boolean {
    return this.isWildcard || this.names.has(name);
  }

  /** Whether this is still a resource the Envoy wants, and not one of an earlier subscription. */
  has({ view, name }: Ref): boolean {
    return this.views.get(view.table ?? "") === view && this.wants(view.table ?? name);
  }

  /** Takes the subscriptions of the first request of the stream for this type. */
  open(request: DiscoveryRequest): void {
    const mayBeWildcard = this.type === "cluster" || this.type === "listener";
    if (mayBeWildcard && (request.names.length === 0 || request.names.includes(everything)))
      this.#openWildcard(request);
    for (const name of request.names) this.#subscribe(name, request);
  }

  /** Takes the subscriptions of a later request; returns refusals that are void since nobody wants the resource. */
  resubscribe(request: DiscoveryRequest): readonly Quarantine[] {
    const isDelta = this.protocol === "delta";
    const wanted = new Set(request.names);
    const unwanted = isDelta ? request.unsubscribed : [...this.names].filter((name) => !wanted.has(name));
    const voided = unwanted.flatMap((name) => this.#unsubscribe(name));
    for (const name of wanted) if (isDelta || !this.names.has(name)) this.#subscribe(name, request);
    return voided;
  }

  /** The store changed. */
  changed(change: StoreChange): void {
    const { name, table, previous, current } = change;
    const view = this.views.get(table ?? "");
    if (view === undefined || !this.wants(table ?? name)) return;
    view.changed(name, previous, current);
    this.#forceMissingEndpoints(view, name);
  }

  #openWildcard(request: DiscoveryRequest): void {
    const view = this.views.get("");
    if (isTableType(this.type) || view === undefined) return;
    this.isWildcard = true;
    const stored = this.#store.resources(this.type);
    const isSotw = this.protocol === "sotw";
    if (isSotw && request.version !== "" && request.version === this.#store.fullVersion(this.type)) return;
    const versions = request.initialVersions;
    for (const name of stored.keys()) view.assume(name, initialForm(name, versions));
    for (const name of versions.keys()) view.assume(name, initialForm(name, versions));
    this.owesAnswer = versions.size === 0 && stored.size === 0;
  }

  #subscribe(name: string, request: DiscoveryRequest): void {
    if (name === everything) return;
    const isNew = !this.wants(name);
    this.names.add(name);
    if (isTableType(this.type)) {
      const view = this.views.get(name);
      if (view === undefined) this.#openTable(name, this.type, request.initialVersions.get(name));
      else view.force(tableHead);
      return;
    }
    const view = this.views.get("");
    if (view === undefined) return;
    if (!isNew && !this.isWildcard) view.force(name);
    if (isNew) view.assume(name, initialForm(name, request.initialVersions));
    this.#forceMissingEndpoints(view, name);
  }

  /** Endpoints that are wanted, unknown and never sent still need an answer: an empty one. */
  #forceMissingEndpoints(view: View, name: string): void {
    if (this.type === "endpoint" && view.stored(name) === undefined && view.sent(name) === undefined) view.force(name);
  }

  #openTable(name: string, type: TableType, version: string | undefined): void {
    const view = new View((member) => this.#store.table(name, type).get(member), name);
    this.views.set(name, view);
    const table = this.#store.table(name, type);
    if (version !== undefined && version === table.version(view.overrides)) return;
    const lacking = version === undefined ? undefined : table.lackedBy(version);
    if (lacking !== undefined) {
      view.assume(lacking, undefined);
      return;
    }
    for (const member of [tableHead, ...table.names()]) {
      view.assume(member, version === undefined ? undefined : unknownEntry(member, ""));
    }
    view.isFresh = true;
  }

  #unsubscribe(name: string): readonly Quarantine[] {
    if (!this.names.delete(name) || this.isWildcard) return [];
    const view = this.views.get(isTableType(this.type) ? name : "");
    if (view === undefined) return [];
    if (isTableType(this.type)) {
      this.views.delete(name);
      return [...view.quarantined.values()];
    }
    const quarantine = view.quarantined.get(name);
    view.forget(name);
    return quarantine === undefined ? [] : [quarantine];
  }
}

function initialForm(name: string, versions: ReadonlyMap<string, string>): Entry | undefined {
  const version = versions.get(name);
  return version === undefined ? undefined : unknownEntry(name, version);
}
