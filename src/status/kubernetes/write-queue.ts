import { JitteredBackoff } from "../../kube/backoff.ts";
import { hasStatus, KubeError } from "../../kube/error.ts";

export interface WriteQueueOptions {
  /** Brings one thing up to date; asked again when it rejects with a temporary error. */
  readonly write: (id: string) => Promise<void>;
  /** What goes before everything else. Default: nothing. */
  readonly isUrgent?: ((id: string) => boolean) | undefined;
  /**
   * Told when the API server refuses for good (the thing is left until it changes), when it does not permit the write (told once, tried again
   * slowly), or cannot be reached.
   */
  readonly onFailed: (id: string, error: KubeError) => void;
}

/** Requests under way at once: an API server takes them in parallel, and routes are to be served by the same processors meanwhile. */
const maxWrites = 4;
/**
 * Least time between two writes of the same thing, by how many there were without a rest: what changes once is written at once, and a Gateway
 * to which a thousand routes are attached one after the other is written every two seconds.
 */
const waitsMs = [0, 100, 250, 500, 1_000, 2_000] as const;
/** After so long without a write the next one is a first one again. */
const restMs = 5_000;
/** So often writes are tried again that a role does not permit, or for which the token is no good: nobody tells when that changes. */
const refusedMs = 30_000;
/** Paces of this many things are remembered before those that have rested are looked for. */
const manyPaces = 1_000;

interface Pace {
  writes: number;
  lastAt: number;
}

/**
 * Writes things one after the other, each in its newest form, however often it changed while it waited. Holds one name for each
 * thing that waits.
 */
export class WriteQueue {
  readonly #options: WriteQueueOptions;
  readonly #urgent = new Set<string>();
  readonly #ready = new Set<string>();
  readonly #delayed = new Map<string, NodeJS.Timeout>();
  /** Under way; `true` if it changed meanwhile. */
  readonly #busy = new Map<string, boolean>();
  readonly #paces = new Map<string, Pace>();
  /** Not permitted when tried last. */
  readonly #refused = new Set<string>();
  readonly #backoff = new JitteredBackoff({ initialMs: 200, maxMs: 10_000 });
  #idle: PromiseWithResolvers<void> | undefined;
  #resuming: NodeJS.Timeout | undefined;
  #retrying: NodeJS.Timeout | undefined;
  #isOpen = false;

  constructor(options: WriteQueueOptions) {
    this.#options = options;
  }

  /** Begins to write what is added from now on. */
  open(): void {
    this.#isOpen = true;
  }

  /** Forgets what waits and takes nothing more. */
  close(): void {
    this.#isOpen = false;
    for (const timer of this.#delayed.values()) clearTimeout(timer);
    clearTimeout(this.#resuming);
    this.#resuming = undefined;
    clearTimeout(this.#retrying);
    this.#retrying = undefined;
    this.#refused.clear();
    this.#delayed.clear();
    this.#ready.clear();
    this.#urgent.clear();
    this.#paces.clear();
    this.#tellIdle();
  }

  /** Something is to be written, not before `afterMs` have passed. */
  add(id: string, afterMs = 0): void {
    if (!this.#isOpen || this.#ready.has(id) || this.#urgent.has(id)) return;
    if (this.#busy.has(id)) {
      this.#busy.set(id, true);
      return;
    }
    const waitMs = Math.max(afterMs, this.#waitOf(id));
    const delayed = this.#delayed.get(id);
    if (waitMs === 0) {
      clearTimeout(delayed);
      this.#delayed.delete(id);
      this.#enqueue(id);
    } else if (delayed === undefined) {
      const timer = setTimeout(() => {
        this.#delayed.delete(id);
        this.#enqueue(id);
      }, waitMs);
      this.#delayed.set(id, timer);
    }
  }

  /** Resolves when nothing waits and nothing is under way. */
  flush(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  get #isIdle(): boolean {
    return this.#busy.size + this.#ready.size + this.#urgent.size + this.#delayed.size === 0;
  }

  #enqueue(id: string): void {
    (this.#options.isUrgent?.(id) ? this.#urgent : this.#ready).add(id);
    this.#work();
  }

  #work(): void {
    while (this.#isOpen && this.#resuming === undefined && this.#busy.size < maxWrites) {
      const waiting = this.#urgent.size > 0 ? this.#urgent : this.#ready;
      const { value: id } = waiting.values().next();
      if (id === undefined) return;
      waiting.delete(id);
      this.#busy.set(id, false);
      void this.#write(id);
    }
  }

  async #write(id: string): Promise<void> {
    let isDue = false;
    try {
      await this.#options.write(id);
      this.#refused.delete(id);
      this.#backoff.reset();
    } catch (reason) {
      const error =
        reason instanceof KubeError ? reason : new KubeError(String(reason), 400, "Failed", undefined, reason);
      const isRefusal = hasStatus(error, 401, 403);
      if (this.#isOpen && !(isRefusal && this.#refused.has(id))) this.#options.onFailed(id, error);
      if (isRefusal) this.#refuse(id);
      else this.#refused.delete(id);
      isDue = error.isTemporary;
      if (isDue) this.#rest(error);
    }
    const hasChanged = this.#busy.get(id) === true;
    this.#busy.delete(id);
    if (hasChanged || isDue) this.add(id);
    this.#work();
    this.#tellIdle();
  }

  /** Notes that something was written, so that its next write is not too soon. */
  wrote(id: string): void {
    const now = performance.now();
    const pace = this.#paces.get(id);
    const hasRested = pace === undefined || now - pace.lastAt > restMs;
    this.#paces.set(id, { writes: hasRested ? 1 : pace.writes + 1, lastAt: now });
    if (this.#paces.size < manyPaces) return;
    for (const [other, { lastAt }] of this.#paces) if (now - lastAt > restMs) this.#paces.delete(other);
  }

  /** What bears this name is another thing now, whose first write is not to wait. */
  renew(id: string): void {
    this.#paces.delete(id);
    const delayed = this.#delayed.get(id);
    if (delayed === undefined) return;
    clearTimeout(delayed);
    this.#delayed.delete(id);
    this.#enqueue(id);
  }

  #waitOf(id: string): number {
    const pace = this.#paces.get(id);
    if (pace === undefined) return 0;
    const waitMs = waitsMs[Math.min(pace.writes, waitsMs.length - 1)] ?? 0;
    return Math.max(0, pace.lastAt + waitMs - performance.now());
  }

  #refuse(id: string): void {
    if (!this.#isOpen) return;
    this.#refused.add(id);
    this.#retrying ??= setTimeout(() => {
      this.#retrying = undefined;
      for (const refused of this.#refused) this.add(refused);
    }, refusedMs);
  }

  /** The API server is away or has too much to do: everything waits. */
  #rest({ retryAfterSeconds = 0 }: KubeError): void {
    this.#resuming ??= setTimeout(
      () => {
        this.#resuming = undefined;
        this.#work();
      },
      Math.max(retryAfterSeconds * 1_000, this.#backoff.next()),
    );
  }

  #tellIdle(): void {
    if (!this.#isIdle) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }
}
