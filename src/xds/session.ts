import { Channel, type Flight, type Outlet, type Protocol, type Unit } from "./channel.ts";
import { ClusterOrder } from "./cluster-order.ts";
import type { FleetStore, StoreChange } from "./fleet-store.ts";
import type { DiscoveryRequest } from "./messages.ts";
import { PartOrder } from "./part-order.ts";
import type { Rejection } from "./rejection.ts";
import { isTableType, type ResourceType } from "./resource-types.ts";
import { buildResponse } from "./response.ts";
import { type Gate, select } from "./selection.ts";
import { acceptFlight, refuseFlight } from "./verdict.ts";
import type { View } from "./view.ts";

/** Order in which what changed together goes out; the gate holds back what has to wait for acknowledgements. */
const sendingOrder: readonly ResourceType[] = ["cluster", "endpoint", "secret", "extension", "listener", "route"];

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
  readonly #clusters: ClusterOrder;
  readonly #gate: Gate;
  #moment = 0;
  /** Milliseconds of a clock that nobody sets. */
  #now = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = 0;

  constructor(options: SessionOptions) {
    this.options = options;
    const { store, graceMs } = options;
    const clusters = new ClusterOrder(store, this.#channels, graceMs);
    this.#clusters = clusters;
    const parts = new PartOrder(store, this.#channels);
    this.#gate = {
      isReady: (cluster) => clusters.isReady(cluster),
      isExpected: (cluster) => clusters.isExpected(cluster),
      isRefused: (cluster) => clusters.isRefused(cluster),
      hasPart: (part) => parts.has(part),
      isPartExpected: (part) => parts.isExpected(part),
      mayRemovePart: (extension, part) => parts.mayRemove(extension, part),
      mayRemoveCluster: (cluster) => clusters.mayRemove(cluster, this.#now),
      isSuspect: (type, view, name, version) => store.isSuspect(type, view.table, name, version),
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
      for (const view of channel.views.values()) {
        for (const { rejection } of view.releaseSettled()) this.options.onRecovered(rejection);
      }
    }
  }

  /** Ends what was sent over this outlet; returns whether the session has none left. */
  detach(outlet: Outlet): boolean {
    for (const [type, channel] of this.#channels) {
      if (channel.outlet !== outlet) continue;
      this.#channels.delete(type);
      for (const view of channel.views.values()) {
        for (const { rejection } of view.quarantined.values()) this.options.onRecovered(rejection);
      }
    }
    if (this.#channels.size > 0) return false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return true;
  }

  /** Sends whatever may go now. */
  pump(): void {
    this.#now = performance.now();
    this.#clusters.updateRemovals(this.#now);
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
    this.#clusters.opened(channel, request);
  }

  #continue(channel: Channel, request: DiscoveryRequest): void {
    const isStale = request.nonce !== "" && request.nonce !== channel.lastNonce;
    if (channel.flight !== undefined && request.nonce === channel.flight.nonce) {
      this.#settle(channel, channel.flight, request.error);
    }
    if (isStale && channel.protocol === "sotw") return;
    for (const { rejection } of channel.resubscribe(request)) this.options.onRecovered(rejection);
    if (channel.type === "endpoint") this.#clusters.endpointsRequested(channel, request);
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
    this.#clusters.settled(channel, flight, error === undefined);
  }

  #send(channel: Channel, selected: readonly Unit[]): void {
    channel.owesAnswer = false;
    this.#moment++;
    for (const unit of selected) unit.view.begin(unit.name, unit.to);
    const units = isTableType(channel.type) ? [...selected, ...leaveOutUnknown(selected)] : selected;
    if (channel.type === "cluster") this.#clusters.sent(units, this.#moment);
    const { nonce, version, message } = buildResponse(channel, units, this.options.store);
    channel.flight = { nonce, version, moment: this.#moment, units };
    channel.lastNonce = nonce;
    channel.outlet.isBlocked = !channel.outlet.write(message);
    this.options.onSent(channel.type, message.length);
  }

  #mayTableWait(view: View): boolean {
    view.sendBy ??= this.#now + this.options.tableWaitMs;
    return this.#now < view.sendBy;
  }

  /** The only things that happen without an event: a removal after its grace, and the end of a table's wait. */
  #wakeUp(): void {
    let next = this.#clusters.nextRemovalAt(this.#now);
    for (const type of ["extension", "route"] as const) {
      for (const view of this.#channels.get(type)?.views.values() ?? []) {
        if (!view.isFresh || view.sendBy === undefined || view.sendBy <= this.#now) continue;
        if (next === undefined || view.sendBy < next) next = view.sendBy;
      }
    }
    if (next === this.#timerAt && this.#timer !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (next === undefined || this.#channels.size === 0) return;
    this.#timerAt = next;
    const wake = () => {
      this.#timer = undefined;
      this.pump();
    };
    this.#timer = setTimeout(wake, next - this.#now).unref();
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
