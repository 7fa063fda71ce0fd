interface Warming {
  /** ClusterLoadAssignment it waits for; `undefined` when it needs none. */
  readonly eds: string | undefined;
  /** Only endpoints that went out after this moment count. */
  readonly sentAt: number;
  isAccepted: boolean;
  hasEndpoints: boolean;
}

/**
 * Which clusters one Envoy can route to. A new cluster is ready when the Envoy has acknowledged both it and endpoints
 * that were sent after it; a cluster that merely changes stays ready, because Envoy serves its former content until
 * the new one is warm. Moments are the session's count of responses, not time.
 */
export class ClusterReadiness {
  readonly #ready = new Set<string>();
  readonly #warming = new Map<string, Warming>();

  isReady(cluster: string): boolean {
    return this.#ready.has(cluster);
  }

  /** The Envoy has had the cluster before this stream; its endpoints are settled by what it says about EDS. */
  adopt(cluster: string, eds: string | undefined): void {
    this.#warming.set(cluster, { eds, sentAt: 0, isAccepted: true, hasEndpoints: eds === undefined });
    this.#settle(cluster);
  }

  /** The cluster goes out, new or changed. */
  sent(cluster: string, eds: string | undefined, moment: number): void {
    if (this.#ready.has(cluster) || this.#warming.get(cluster)?.isAccepted) return;
    this.#warming.set(cluster, { eds, sentAt: moment, isAccepted: false, hasEndpoints: eds === undefined });
  }

  accepted(cluster: string): void {
    const warming = this.#warming.get(cluster);
    if (warming === undefined) return;
    warming.isAccepted = true;
    this.#settle(cluster);
  }

  /** The cluster was refused; `hadBefore` tells whether the Envoy keeps an earlier form of it. */
  refused(cluster: string, hadBefore: boolean): void {
    if (!hadBefore) this.#warming.delete(cluster);
    else if (!this.#warming.has(cluster)) this.#ready.add(cluster);
  }

  /** A removal of the cluster goes out. */
  removed(cluster: string): void {
    this.#ready.delete(cluster);
    this.#warming.delete(cluster);
  }

  /** Endpoints of these names, sent at `moment`, were acknowledged. */
  endpointsAccepted(names: ReadonlySet<string>, moment: number): void {
    for (const [cluster, warming] of this.#warming) {
      if (warming.eds === undefined || !names.has(warming.eds) || moment < warming.sentAt) continue;
      warming.hasEndpoints = true;
      this.#settle(cluster);
    }
  }

  #settle(cluster: string): void {
    const warming = this.#warming.get(cluster);
    if (warming === undefined || !warming.isAccepted || !warming.hasEndpoints) return;
    this.#warming.delete(cluster);
    this.#ready.add(cluster);
  }
}

/**
 * Clusters that are to be removed from one Envoy. Each goes when nothing the Envoy has used it for the length of the
 * grace period, which is for requests that chose their route before the change and have not reached the cluster yet.
 */
export class Departures {
  readonly #unusedSince = new Map<string, number>();
  readonly #graceMs: number;

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  /** @param candidates clusters the store has no more and the Envoy still has; all others are forgotten */
  update(candidates: readonly string[], isUsed: (cluster: string) => boolean, now: number): void {
    const kept = new Set(candidates);
    for (const cluster of this.#unusedSince.keys()) if (!kept.has(cluster)) this.#unusedSince.delete(cluster);
    for (const cluster of candidates) {
      if (isUsed(cluster)) this.#unusedSince.delete(cluster);
      else if (!this.#unusedSince.has(cluster)) this.#unusedSince.set(cluster, now);
    }
  }

  mayGo(cluster: string, now: number): boolean {
    const since = this.#unusedSince.get(cluster);
    return since !== undefined && now >= since + this.#graceMs;
  }

  /** When the next cluster's grace is over, of those for which it is not over yet. */
  nextAt(now: number): number | undefined {
    let next: number | undefined;
    for (const since of this.#unusedSince.values()) {
      const at = since + this.#graceMs;
      if (at > now && (next === undefined || at < next)) next = at;
    }
    return next;
  }
}
