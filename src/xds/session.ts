import { Channel, type Flight, type Outlet, type Protocol, type Unit } from "./channel.ts";
import type { FleetStore, StoreChange } from "./fleet-store.ts";
import type { DiscoveryRequest } from "./messages.ts";
import { ClusterReadiness, Departures } from "./readiness.ts";
import type { Rejection, ResourceType } from "./resources.ts";
import { buildResponse } from "./response.ts";
import { type Gate, select } from "./selection.ts";
import { acceptFlight, refuseFlight } from "./verdict.ts";
import type { View } from "./view.ts";

/** Order in which what changed together goes out; the gate holds back what has to wait for acknowledgements. */
const sendingOrder: readonly ResourceType[] = ["cluster", "endpoint", "secret", "listener", "route"];

/** An Envoy that was connected to another process may name its tables a moment after its clusters. */
const adoptionGraceMs = 1_000;

const beforeFirstResponse = 0;

/** What a session is told and whom it tells. */
export interface SessionOptions {
  readonly fleet: string;
  readonly node: string;
  readonly store: FleetStore;
  /** Time between the acknowledgement of the last user's change and the removal of a cluster, in ms. */
  readonly graceMs: number;
  /** Longest time a table that was not sent on this stream waits for its clusters, in ms. */
  readonly tableWaitMs: number;
  readonly onSent: (type: ResourceType, bytes: number) => void;
  readonly onRefused: (type: ResourceType, message: string) => void;
  readonly onRejected: (rejection: Rejection) => void;
  readonly onRecovered: (rejection: Rejection) => void;
}

/**
 * One Envoy's connection: what it has, what is on its way, and what may go next. Everything happens in the turn of
 * the event that makes it possible (a change, an acknowledgement, a drained stream); time matters only to grace.
 */
export class Session {
  readonly options: SessionOptions;
  readonly #channels = new Map<ResourceType, Channel>();
  readonly #readiness = new ClusterReadiness();
  #departures: Departures;
  readonly #gate: Gate;
  readonly #endpointsOwed = new Set<string>();
  #moment = beforeFirstResponse;
  #now = 0;
  #hasHadClusters = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = 0;

  constructor(options: SessionOptions) {
    this.options = options;
    this.#departures = new Departures(options.graceMs);
    this.#gate = {
      isReady: (cluster) => this.#isReady(cluster),
      isExpected: (cluster) => this.#isExpected(cluster),
      mayRemoveCluster: (cluster) => this.#departures.mayGo(cluster, this.#now),
      isSuspect: (type, view, name, version) => options.store.isSuspect(type, view.table, name, version),
      mayTableWait: (view) => this.#mayTableWait(view),
    };
  }

  /** Channels by type, for introspection. */
  get channels(): ReadonlyMap<ResourceType, Channel> {
    return this.#channels;
  }

  /** Takes one request that came in on `outlet`; answers at once if there is something to say. */
  receive(type: ResourceType, request: DiscoveryRequest, outlet: Outlet, protocol: Protocol): void {
    const channel = this.#channels.get(type);
    if (channel === undefined) this.#open(type, request, outlet, protocol);
    else if (channel.outlet === outlet) this.#continue(channel, request);
    this.pump();
  }

  /** The store has changed; nothing is sent before `pump`. */
  changed(changes: readonly StoreChange[]): void {
    for (const change of changes) this.#channels.get(change.type)?.changed(change);
    for (const channel of this.#channels.values()) {
      for (const view of channel.views.values()) this.#release(view);
    }
  }

  /** Ends what was sent over this outlet; returns whether the session has none left. */
  detach(outlet: Outlet): boolean {
    for (const [type, channel] of this.#channels) {
      if (channel.outlet !== outlet) continue;
      for (const view of channel.views.values()) {
        for (const { rejection } of view.quarantined.values()) this.options.onRecovered(rejection);
      }
      this.#channels.delete(type);
    }
    if (this.#channels.size > 0) return false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return true;
  }

  /** Sends whatever may go now. */
  pump(): void {
    this.#now = Date.now();
    this.#updateDepartures();
    for (const type of sendingOrder) {
      const channel = this.#channels.get(type);
      if (channel === undefined || channel.flight !== undefined || channel.outlet.isBlocked) continue;
      const units = select(channel, this.#gate);
      if (units.length > 0 || channel.owesAnswer) this.#send(channel, units);
    }
    this.#wakeUp();
  }

  #open(type: ResourceType, request: DiscoveryRequest, outlet: Outlet, protocol: Protocol): void {
    const channel = new Channel(type, outlet, protocol, this.options.store);
    this.#channels.set(type, channel);
    channel.open(request);
    if (type === "cluster") this.#adoptClusters(channel);
    if (type === "endpoint") {
      this.#readiness.endpointsAccepted(new Set(request.initialVersions.keys()), beforeFirstResponse);
      this.#payEndpoints(channel, request);
    }
  }

  #adoptClusters(channel: Channel): void {
    this.#hasHadClusters = true;
    const view = channel.views.get("");
    if (view === undefined) return;
    let hasAny = false;
    const stored = this.options.store.resources("cluster");
    for (const name of [...stored.keys(), ...view.overrides.keys()]) {
      if (!channel.wants(name) || view.sent(name) === undefined) continue;
      this.#readiness.adopt(name, stored.get(name)?.eds);
      hasAny = true;
    }
    if (hasAny) this.#departures = new Departures(Math.max(this.options.graceMs, adoptionGraceMs));
  }

  #continue(channel: Channel, request: DiscoveryRequest): void {
    const isStale = request.nonce !== "" && request.nonce !== channel.lastNonce;
    if (channel.flight !== undefined && request.nonce === channel.flight.nonce) {
      this.#settle(channel, channel.flight, request.error);
    }
    if (isStale && channel.protocol === "sotw") return;
    for (const { rejection } of channel.resubscribe(request)) this.options.onRecovered(rejection);
    if (channel.type === "endpoint") this.#payEndpoints(channel, request);
  }

  #settle(channel: Channel, flight: Flight, error: string | undefined): void {
    channel.flight = undefined;
    if (error === undefined) {
      acceptFlight(channel, flight, this.options.onRecovered);
      channel.acknowledged = { version: flight.version, nonce: flight.nonce };
    } else {
      this.options.onRefused(channel.type, error);
      refuseFlight(channel, flight, error, this.options);
    }
    if (channel.type === "cluster") this.#settleClusters(flight, error === undefined);
    if (channel.type === "endpoint" && error === undefined) {
      this.#readiness.endpointsAccepted(new Set(flight.units.map((unit) => unit.name)), flight.moment);
    }
  }

  #settleClusters(flight: Flight, isAccepted: boolean): void {
    for (const { name, from, to } of flight.units) {
      if (isAccepted && to !== undefined) this.#readiness.accepted(name);
      if (!isAccepted) this.#readiness.refused(name, from !== undefined);
    }
  }

  #send(channel: Channel, selected: readonly Unit[]): void {
    channel.owesAnswer = false;
    this.#moment++;
    for (const unit of selected) unit.view.begin(unit.name, unit.to);
    const units = channel.type === "route" ? [...selected, ...leaveOutUnknown(selected)] : selected;
    if (channel.type === "cluster") this.#clustersGo(units);
    const { nonce, version, message } = buildResponse(channel, units, this.options.store);
    channel.flight = { nonce, version, moment: this.#moment, units };
    channel.lastNonce = nonce;
    channel.outlet.isBlocked = !channel.outlet.write(message);
    this.options.onSent(channel.type, message.length);
  }

  /** Envoy waits for endpoints after each change of a cluster, and does not ask for those it has asked for before. */
  #clustersGo(units: readonly Unit[]): void {
    const endpoints = this.#channels.get("endpoint");
    for (const { name, to } of units) {
      if (to === undefined) this.#readiness.removed(name);
      else {
        this.#readiness.sent(name, to.eds, this.#moment);
        if (to.eds === undefined) continue;
        if (endpoints?.wants(to.eds)) endpoints.views.get("")?.force(to.eds);
        else this.#endpointsOwed.add(to.eds);
      }
    }
  }

  /** Endpoints owed to a cluster that went out before they were subscribed, in case the Envoy has them already. */
  #payEndpoints(channel: Channel, request: DiscoveryRequest): void {
    if (this.#endpointsOwed.size === 0) return;
    for (const name of request.names) if (this.#endpointsOwed.delete(name)) channel.views.get("")?.force(name);
  }

  #release(view: View): void {
    for (const [name, { rejection, version }] of view.quarantined) {
      const stored = view.stored(name);
      const isGone = stored === undefined || !view.overrides.has(name);
      if (!isGone || version === (stored?.version ?? "")) continue;
      view.quarantined.delete(name);
      this.options.onRecovered(rejection);
    }
  }

  #isReady(cluster: string): boolean {
    if (!this.#hasHadClusters || this.#readiness.isReady(cluster)) return true;
    const channel = this.#channels.get("cluster");
    return channel !== undefined && !channel.wants(cluster);
  }

  #isExpected(cluster: string): boolean {
    const stored = this.options.store.resources("cluster").get(cluster);
    const quarantine = this.#channels.get("cluster")?.views.get("")?.quarantined.get(cluster);
    return stored !== undefined && stored.version !== quarantine?.version;
  }

  #mayTableWait(view: View): boolean {
    view.sendBy ??= this.#now + this.options.tableWaitMs;
    return this.#now < view.sendBy;
  }

  #updateDepartures(): void {
    const view = this.#channels.get("cluster")?.views.get("");
    if (view === undefined) return;
    const candidates: string[] = [];
    for (const [name, form] of view.overrides) {
      if (form !== undefined && view.stored(name) === undefined) candidates.push(name);
    }
    if (candidates.length === 0) {
      this.#departures.update(candidates, () => false, this.#now);
      return;
    }
    const used = this.#clustersInOldForms();
    const isUsed = (cluster: string) => used === "unknown" || used.has(cluster) || this.options.store.isClusterUsed(cluster);
    this.#departures.update(candidates, isUsed, this.#now);
  }

  /** Clusters named by what the Envoy still has of listeners and tables and the store has no more. */
  #clustersInOldForms(): ReadonlySet<string> | "unknown" {
    const used = new Set<string>();
    for (const type of ["listener", "route"] as const) {
      for (const view of this.#channels.get(type)?.views.values() ?? []) {
        for (const forms of [view.overrides, view.beforeFlight]) {
          for (const form of forms.values()) {
            if (form?.isUnknown) return "unknown";
            for (const cluster of form?.clusters ?? []) used.add(cluster);
          }
        }
      }
    }
    return used;
  }

  #wakeUp(): void {
    let next = this.#departures.nextAt(this.#now);
    for (const view of this.#channels.get("route")?.views.values() ?? []) {
      if (!view.isFresh || view.sendBy === undefined || view.sendBy <= this.#now) continue;
      if (next === undefined || view.sendBy < next) next = view.sendBy;
    }
    if (next === this.#timerAt && this.#timer !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (next === undefined || this.#channels.size === 0) return;
    this.#timerAt = next;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.pump();
    }, next - this.#now).unref();
  }
}

/** Hosts whose former content is unknown cannot be kept as they were: what is not sent with the table is left out. */
function leaveOutUnknown(selected: readonly Unit[]): Unit[] {
  const leftOut: Unit[] = [];
  const views = new Set<View>();
  for (const unit of selected) views.add(unit.view);
  for (const view of views) {
    view.isFresh = false;
    for (const [name, form] of view.overrides) {
      if (form?.isUnknown) leftOut.push({ view, name, from: form, to: undefined });
    }
  }
  for (const unit of leftOut) unit.view.begin(unit.name, undefined);
  return leftOut;
}
