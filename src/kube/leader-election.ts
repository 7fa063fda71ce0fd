import { pause } from "./backoff.ts";
import type { AnyObject, KubeClient } from "./client.ts";
import { hasStatus } from "./error.ts";
import type { KubeResource } from "./resource.ts";

export const leases: KubeResource = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
  kind: "Lease",
  isNamespaced: true,
};

/** Kubernetes `LeaseSpec`; times are RFC 3339 with microseconds. */
interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

interface Lease extends AnyObject {
  readonly spec?: LeaseSpec;
}

export interface LeaderElectionOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  /** Name of the Lease, the same for all who compete. */
  readonly name: string;
  /** Tells the competitors apart. */
  readonly identity: string;
  /** Others wait this long after the last sign of a leader. */
  readonly leaseDurationMs: number;
  /** A leader that could not renew its lease for this long gives up; shorter than the lease, so that there are never two. */
  readonly renewDeadlineMs: number;
  /** Time between two attempts. */
  readonly retryPeriodMs: number;
  readonly onLead: () => void;
  /** Leadership is lost, or given up by {@link LeaderElection.stop}. */
  readonly onFollow: () => void;
  /** Told with each failure to reach or write the Lease, and with `undefined` when that works again. */
  readonly onState?: ((error: unknown) => void) | undefined;
}

/**
 * Agrees with others on one leader by means of a Lease (`coordination.k8s.io/v1`), in the way of Kubernetes' own components: who holds the
 * lease renews it, and the others take it when it was not renewed for its duration. Clocks of different machines are never compared: what
 * counts is for how long a competitor has not seen the Lease change.
 */
export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #stop = new AbortController();
  #isLeader = false;
  /** Ends leadership that was not renewed, whatever a request that is under way does. */
  #deadline: NodeJS.Timeout | undefined;
  /** A write that was cut off may have made the lease ours without our knowing. */
  #mayHold = false;
  #seenVersion = "";
  #seenAt = 0;
  #running: Promise<void> | undefined;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
  }

  get isLeader(): boolean {
    return this.#isLeader;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Ends the competition; a leader gives its lease back, so that another takes over at once. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#follow();
    if (!this.#mayHold) return;
    await this.#release().catch(() => undefined);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { retryPeriodMs, renewDeadlineMs, onState } = this.#options;
    while (!signal.aborted) {
      const startedAt = performance.now();
      try {
        const isHeld = await this.#acquireOrRenew();
        onState?.(undefined);
        if (isHeld) {
          this.#lead(startedAt + renewDeadlineMs);
        } else this.#follow();
      } catch (error) {
        if (!hasStatus(error, 409) && !signal.aborted) onState?.(error);
      }
      await pause(retryPeriodMs * (1 + Math.random() * 0.2), signal);
    }
  }

  /** Whether the lease is ours now. Rejects when that could not be found out. */
  async #acquireOrRenew(): Promise<boolean> {
    const { client, namespace, name, identity, leaseDurationMs, renewDeadlineMs } = this.#options;
    const now = microTime(new Date());
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(renewDeadlineMs)]);
    const mine = { holderIdentity: identity, leaseDurationSeconds: Math.ceil(leaseDurationMs / 1_000), renewTime: now };
    const lease = await client.get<Lease>(leases, { namespace, name }, { signal }).catch((error: unknown) => {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    });
    if (lease === undefined) {
      const spec: LeaseSpec = { ...mine, acquireTime: now, leaseTransitions: 0 };
      this.#mayHold = true;
      await client.create(leases, { metadata: { name, namespace }, spec }, { signal });
      return true;
    }
    const { metadata, spec = {} } = lease;
    if (metadata.resourceVersion !== this.#seenVersion) {
      this.#seenVersion = metadata.resourceVersion ?? "";
      this.#seenAt = performance.now();
    }
    const isMine = spec.holderIdentity === identity;
    const durationMs = (spec.leaseDurationSeconds ?? 0) * 1_000;
    if (!isMine && spec.holderIdentity && performance.now() - this.#seenAt < durationMs) return false;
    const taken = { acquireTime: now, leaseTransitions: (spec.leaseTransitions ?? 0) + 1 };
    const next: LeaseSpec = { ...spec, ...mine, ...(isMine ? {} : taken) };
    this.#mayHold = true;
    await client.replace(leases, { metadata, spec: next }, { signal });
    return true;
  }

  async #release(): Promise<void> {
    const { client, namespace, name, identity, renewDeadlineMs } = this.#options;
    const signal = AbortSignal.timeout(renewDeadlineMs);
    const { metadata, spec = {} } = await client.get<Lease>(leases, { namespace, name }, { signal });
    if (spec.holderIdentity !== identity) return;
    const free: LeaseSpec = { ...spec, holderIdentity: "", leaseDurationSeconds: 1 };
    await client.replace(leases, { metadata, spec: free }, { signal });
  }

  #lead(until: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#follow(), Math.max(0, until - performance.now()));
    if (this.#isLeader) return;
    this.#isLeader = true;
    this.#options.onLead();
  }

  #follow(): void {
    clearTimeout(this.#deadline);
    if (!this.#isLeader) return;
    this.#isLeader = false;
    this.#options.onFollow();
  }
}

/** Kubernetes' `metav1.MicroTime`. */
function microTime(time: Date): string {
  return time.toISOString().replace("Z", "000Z");
}
