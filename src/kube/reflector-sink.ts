import type { AnyObject } from "./client.ts";

/** Takes what a reflector hears. An object that it throws on is skipped, see `GuardedSink`. */
export interface ReflectorSink {
  /** An object of a list. If it is known in a later version, that was heard from somebody quicker, and stays. */
  listed(object: AnyObject): void;
  /**
   * A list is complete: what is not in it was gone at `version`, the list's resource version, and only what is known in a later one was
   * made since. `keys` are `namespace/name` or `name`.
   */
  completed(keys: ReadonlySet<string>, version: string): void;
  changed(object: AnyObject): void;
  deleted(object: AnyObject): void;
  /** The API server was set back to an earlier state: versions told before are later than any to come. A list follows. */
  setBack?(): void;
}
