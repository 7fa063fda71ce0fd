import { JitteredBackoff } from "../../kube/backoff.ts";
import type { Attempts } from "./attempts.ts";
import type { ApiUse } from "./health.ts";
import { partsOf, type TargetId } from "./references.ts";

/** A target that is to be read. */
export interface TargetRead {
  readonly target: TargetId;
  /** Something changed while it was under way, so it is done once more. */
  isStale: boolean;
  /** What the watch has told to be gone since it began (`metadata.uid`): the answer may be older. */
  readonly deleted: Set<string>;
  readonly backoff: JitteredBackoff;
  readonly done: PromiseWithResolvers<void>;
}

export interface TargetReadsOptions {
  /** Whether anybody wants to have a target, and may. */
  readonly isSought: (target: TargetId) => boolean;
  readonly readOnce: (read: TargetRead) => Promise<void>;
  readonly attempts: Attempts;
  /** What a role has to permit to read a target in this namespace. */
  readonly useIn: (namespace: string) => ApiUse;
}

/** Reads under way at once. */
const maxReads = 16;

/** Reads targets, a few at a time and each again as long as that fails or something changes meanwhile. */
export class TargetReads {
  readonly #options: TargetReadsOptions;
  readonly #reads = new Map<TargetId, TargetRead>();
  readonly #waiting: TargetRead[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #isStopped = false;
  #running = 0;

  constructor(options: TargetReadsOptions) {
    this.#options = options;
  }

  /** Reads a target; resolves when that was done, or cannot be done now. Targets that are sought and cannot be read are tried again. */
  read(target: TargetId): Promise<void> {
    const known = this.#reads.get(target);
    if (known) {
      known.isStale = true;
      return known.done.promise;
    }
    if (!this.#isSought(target)) return Promise.resolve();
    const read: TargetRead = {
      target,
      isStale: false,
      deleted: new Set(),
      backoff: new JitteredBackoff(),
      done: Promise.withResolvers(),
    };
    this.#reads.set(target, read);
    this.#waiting.push(read);
    this.#next();
    return read.done.promise;
  }

  /** A read that waits or is under way. */
  of(target: TargetId): TargetRead | undefined {
    return this.#reads.get(target);
  }

  /** Whatever is under way is done once more. */
  repeatAll(): void {
    for (const read of this.#reads.values()) read.isStale = true;
  }

  /** Resolves when all reads that are under way are done. */
  async settled(): Promise<void> {
    await Promise.all([...this.#reads.values()].map(({ done }) => done.promise));
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const { done } of this.#reads.values()) done.resolve();
  }

  #isSought(target: TargetId): boolean {
    return !this.#isStopped && this.#options.isSought(target);
  }

  #next(): void {
    while (this.#running < maxReads) {
      const read = this.#waiting.shift();
      if (read === undefined) return;
      this.#running += 1;
      void this.#attempt(read).finally(() => {
        this.#running -= 1;
        this.#next();
      });
    }
  }

  async #attempt(read: TargetRead): Promise<void> {
    if (!this.#isSought(read.target)) return this.#finish(read);
    read.isStale = false;
    read.deleted.clear();
    const { attempts, readOnce, useIn } = this.#options;
    try {
      await readOnce(read);
    } catch (reason) {
      if (this.#isStopped) return;
      attempts.failed(read.target, useIn(partsOf(read.target).namespace), reason);
      // Whoever waits goes on without it: what does not answer must not hold up everything else.
      read.done.resolve();
      this.#again(read, read.backoff.next());
      return;
    }
    attempts.ended(read.target);
    if (read.isStale) this.#waiting.push(read);
    else this.#finish(read);
  }

  #again(read: TargetRead, afterMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#waiting.push(read);
      this.#next();
    }, afterMs);
    this.#timers.add(timer);
  }

  #finish(read: TargetRead): void {
    this.#reads.delete(read.target);
    this.#options.attempts.ended(read.target);
    read.done.resolve();
  }
}
