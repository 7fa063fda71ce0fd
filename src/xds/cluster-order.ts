import type { Channel, Flight, Unit } from "./channel.ts";
import type { FleetStore } from "./fleet-store.ts";
import type { DiscoveryRequest } from "./messages.ts";
import { ClusterReadiness, Departures } from "./readiness.ts";
import type { ResourceType } from "./resource-types.ts";

/** An Envoy that was connected to another process may name its tables a moment after its clusters. */
const adoptionGraceMs = 1_000;
const beforeFirstResponse = 0;

/**
 * What makes a change of clusters safe for one Envoy: which of them can be routed to, which can go, and which
 * endpoints have to be sent again.
 */
export class ClusterOrder {
  readonly #store: FleetStore;
  readonly #channels: ReadonlyMap<ResourceType, Channel>;
  readonly #graceMs: number;
  readonly #readiness = new ClusterReadiness();
  readonly #endpointsOwed = new Set<string>();
  #departures: Departures;
  #hasHadClusters = false;

  constructor(store: FleetStore, channels: ReadonlyMap<ResourceType, Channel>, graceMs: number) {
    this.#store = store;
    this.#channels = channels;
    this.#graceMs = graceMs;
    this.#departures = new Departures(graceMs);
  }

  /** Whether what uses this cluster may reach the Envoy; always, when it takes no clusters from us. */
  isReady(cluster: string): boolean {
    if (!this.#hasHadClusters || this.#readiness.isReady(cluster)) return true;
    const channel = this.#channels.get("cluster");
    return channel !== undefined && !channel.wants(cluster);
  }

  /** Whether a cluster that is not ready will be, if all goes well. */
  isExpected(cluster: string): boolean {
    return this.#store.resources("cluster").has(cluster) && !this.isRefused(cluster);
  }

  /** Whether the Envoy refuses what the store has of this cluster. */
  isRefused(cluster: string): boolean {
    const stored = this.#store.resources("cluster").get(cluster);
    const quarantine = this.#channels.get("cluster")?.views.get("")?.quarantined.get(cluster);
    return stored !== undefined && stored.version === quarantine?.version;
  }

  mayRemove(cluster: string, now: number): boolean {
    return this.#departures.mayGo(cluster, now);
  }

  /** When the next removal becomes possible. */
  nextRemovalAt(now: number): number | undefined {
    return this.#departures.nextAt(now);
  }

  /** The Envoy has subscribed to clusters or endpoints, perhaps with some it has already. */
  opened(channel: Channel, request: DiscoveryRequest): void {
    if (channel.type === "cluster") this.#adopt(channel);
    if (channel.type !== "endpoint") return;
    this.#readiness.endpointsAccepted(new Set(request.initialVersions.keys()), beforeFirstResponse);
    this.endpointsRequested(channel, request);
  }

  /** Endpoints owed to a cluster that went out before they were subscribed, in case the Envoy has them already. */
  endpointsRequested(channel: Channel, request: DiscoveryRequest): void {
    if (this.#endpointsOwed.size === 0) return;
    for (const name of request.names) if (this.#endpointsOwed.delete(name)) channel.views.get("")?.force(name);
  }

  /**
   * Clusters go out. Envoy waits for endpoints after each change of a cluster, and does not ask for those it has asked
   * for before.
   * @param moment the session's count of responses
   */
  sent(units: readonly Unit[], moment: number): void {
    const endpoints = this.#channels.get("endpoint");
    for (const { name, to } of units) {
      if (to === undefined) {
        this.#readiness.removed(name);
        continue;
      }
      this.#readiness.sent(name, to.eds, moment);
      if (to.eds === undefined) continue;
      if (endpoints?.wants(to.eds)) endpoints.views.get("")?.force(to.eds);
      else this.#endpointsOwed.add(to.eds);
    }
  }

  /** A response of clusters or endpoints was acknowledged or refused. */
  settled(channel: Channel, flight: Flight, isAccepted: boolean): void {
    if (channel.type === "endpoint" && isAccepted) {
      this.#readiness.endpointsAccepted(new Set(flight.units.map((unit) => unit.name)), flight.moment);
    }
    if (channel.type !== "cluster") return;
    for (const { name, from, to } of flight.units) {
      if (isAccepted && to !== undefined) this.#readiness.accepted(name);
      if (!isAccepted) this.#readiness.refused(name, from !== undefined);
    }
  }

  /** Looks which of the clusters that the store has no more are unused in the Envoy now. */
  updateRemovals(now: number): void {
    const view = this.#channels.get("cluster")?.views.get("");
    if (view === undefined) return;
    const candidates: string[] = [];
    for (const [name, form] of view.overrides) {
      if (form !== undefined && view.stored(name) === undefined) candidates.push(name);
    }
    const used = candidates.length === 0 ? new Set<string>() : this.#usedByOldForms();
    const isUsed = (name: string) => used === "unknown" || used.has(name) || this.#store.isClusterUsed(name);
    this.#departures.update(candidates, isUsed, now);
  }

  #adopt(channel: Channel): void {
    this.#hasHadClusters = true;
    const view = channel.views.get("");
    if (view === undefined) return;
    let hasAny = false;
    const stored = this.#store.resources("cluster");
    for (const name of [...stored.keys(), ...view.overrides.keys()]) {
      if (!channel.wants(name) || view.sent(name) === undefined) continue;
      this.#readiness.adopt(name, stored.get(name)?.eds);
      hasAny = true;
    }
    if (hasAny) this.#departures = new Departures(Math.max(this.#graceMs, adoptionGraceMs));
  }

  /** Clusters named by what the Envoy still has of listeners and tables and the store has no more. */
  #usedByOldForms(): ReadonlySet<string> | "unknown" {
    const used = new Set<string>();
    for (const type of ["extension", "listener", "route"] as const) {
      for (const view of this.#channels.get(type)?.views.values() ?? []) {
        for (const form of [...view.overrides.values(), ...view.beforeFlight.values()]) {
          if (form?.isUnknown) return "unknown";
          for (const cluster of form?.clusters ?? []) used.add(cluster);
        }
      }
    }
    return used;
  }
}
