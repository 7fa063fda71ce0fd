import type { WrittenStatus } from "./object-status.ts";

/** A status that changed. */
export interface StatusUpdate {
  readonly kind: string;
  readonly key: string;
  readonly uid?: string | undefined;
  /** What the object's `status` shall be; `undefined` when nothing is left to say. */
  readonly status: WrittenStatus | undefined;
  readonly previous: WrittenStatus | undefined;
}

/**
 * Brings statuses to where people read them: an API server, a file. `write` returns at once and never throws. An update supersedes
 * earlier ones of the same kind and key that are still waiting, so a writer that cannot keep up holds at most one for each object.
 */
export interface StatusWriter {
  write(update: StatusUpdate): void;
  /** Resolves when everything handed over was written or given up. */
  flush(): Promise<void>;
}
