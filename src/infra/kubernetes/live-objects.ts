import type { AnyObject } from "../../kube/client.ts";
import { type FleetKind, fleetKinds } from "./resources.ts";
import { ownershipOf } from "./scope.ts";

/** `namespace/name`. */
export function objectKeyOf({ metadata }: AnyObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

/** An object that is there. */
export interface LiveObject {
  readonly kind: FleetKind;
  readonly object: AnyObject;
}

/** What the API server holds of all fleets, found by whose it is. */
export class LiveObjects {
  readonly #byKind = new Map<FleetKind, Map<string, AnyObject>>(fleetKinds.map((kind) => [kind, new Map()]));
  readonly #byOwner = new Map<string, Map<string, LiveObject>>();

  get(kind: FleetKind, key: string): AnyObject | undefined {
    return this.#byKind.get(kind)?.get(key);
  }

  /** Objects of the fleet with this ownership, see {@link ownershipOf}. */
  of(ownership: string): readonly LiveObject[] {
    return [...(this.#byOwner.get(ownership)?.values() ?? [])];
  }

  /** Every fleet that anything is there of. */
  ownerships(): readonly string[] {
    return [...this.#byOwner.keys()];
  }

  /** Takes an object as it is now, unless something newer is known; returns whose it is. */
  put(kind: FleetKind, object: AnyObject): string | undefined {
    const key = objectKeyOf(object);
    const former = this.get(kind, key);
    if (former && isNewer(former, object)) return undefined;
    this.remove(kind, key);
    this.#byKind.get(kind)?.set(key, object);
    const ownership = ownershipOf(object.metadata);
    if (ownership === undefined) return undefined;
    const members = this.#byOwner.get(ownership) ?? new Map<string, LiveObject>();
    members.set(`${kind}/${key}`, { kind, object });
    this.#byOwner.set(ownership, members);
    return ownership;
  }

  /** Forgets an object; returns whose it was. */
  remove(kind: FleetKind, key: string): string | undefined {
    const objects = this.#byKind.get(kind);
    const known = objects?.get(key);
    const ownership = known && ownershipOf(known.metadata);
    objects?.delete(key);
    if (ownership === undefined) return undefined;
    const members = this.#byOwner.get(ownership);
    members?.delete(`${kind}/${key}`);
    if (members?.size === 0) this.#byOwner.delete(ownership);
    return ownership;
  }

  /** Forgets all objects of a kind, in one namespace or all, but those with these keys; returns whose they were. */
  keepOnly(kind: FleetKind, keys: ReadonlySet<string>, namespace: string | undefined): readonly string[] {
    const gone = [...(this.#byKind.get(kind)?.keys() ?? [])].filter(
      (key) => !keys.has(key) && (namespace === undefined || key.startsWith(`${namespace}/`)),
    );
    return gone.flatMap((key) => this.remove(kind, key) ?? []);
  }
}

/** Answers to our writes and events of a watch cross each other. Versions of one object are ordered. */
function isNewer(known: AnyObject, other: AnyObject): boolean {
  if (known.metadata.uid !== other.metadata.uid) return false;
  return Number(known.metadata.resourceVersion ?? 0) > Number(other.metadata.resourceVersion ?? 0);
}
