import type { ObjectKey } from "../api/object.ts";
import type { StatusChange, StoredStatus } from "./store.ts";

/** Statuses of all objects, for those who show them. */
export interface StatusView {
  get(kind: string, key: ObjectKey): StoredStatus | undefined;
  /** All, or those of one kind, ordered by kind and key. */
  list(kind?: string): readonly StoredStatus[];
}

/** Where statuses go. */
export interface Statuses extends StatusView {
  /** Takes over what one commit computed. */
  apply(changes: readonly StatusChange[]): void;
}
