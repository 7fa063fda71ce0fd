import type { AnyObject, ObjectMeta } from "../../kube/client.ts";
import { isLater } from "../../kube/resource-version.ts";
import { isMarked, ownershipOf } from "./ownership.ts";
import { type FleetKind, fleetKinds } from "./resources.ts";
import type { KubernetesInfraSettings } from "./settings.ts";

/** `namespace/name`. */
export function objectKeyOf({ metadata }: AnyObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

/** An object that is there. */
export interface LiveObject {
  readonly kind: FleetKind;
  readonly object: AnyObject;
}

/** What the API server holds of all fleets, found by whose it is. What no fleet of ours may have is as good as not there. */
export class LiveObjects {
  readonly #settings: KubernetesInfraSettings;
  readonly #byKind = new Map<FleetKind, Map<string, AnyObject>>(fleetKinds.map((kind) => [kind, new Map()]));
  readonly #byOwner = new Map<string, Map<string, LiveObject>>();

  constructor(settings: KubernetesInfraSettings) {
    this.#settings = settings;
  }

  get(kind: FleetKind, key: string): AnyObject | undefined {
    return this.#byKind.get(kind)?.get(key);
  }

  /** Objects of the fleet with this ownership, see {@link ownershipOf}. */
  of(ownership: string): readonly LiveObject[] {
    return [...(this.#byOwner.get(ownership)?.values() ?? [])];
  }

  /** Every fleet that anything is there of which we made. */
  ownerships(): readonly string[] {
    return [...this.#byOwner.keys()].filter((ownership) => this.made(ownership).length > 0);
  }

  /** Objects of the fleet that this control plane made. */
  made(ownership: string): readonly LiveObject[] {
    return this.of(ownership).filter(({ object }) => isMarked(object.metadata, this.#settings));
  }

  /** Takes an object as it is now, unless something newer is known; returns whose it is and whose it was. */
  put(kind: FleetKind, object: AnyObject): readonly string[] {
    const key = objectKeyOf(object);
    const known = this.get(kind, key);
    if (known && isNewer(known, object)) return [];
    const former = this.remove(kind, key);
    const ownership = ownershipOf(object.metadata, this.#settings);
    if (ownership !== undefined) {
      this.#byKind.get(kind)?.set(key, object);
      const members = this.#byOwner.get(ownership) ?? new Map<string, LiveObject>();
      members.set(`${kind}/${key}`, { kind, object });
      this.#byOwner.set(ownership, members);
    }
    return [...new Set([former, ownership])].filter((one) => one !== undefined);
  }

  /** Forgets an object; returns whose it was. */
  remove(kind: FleetKind, key: string): string | undefined {
    const objects = this.#byKind.get(kind);
    const known = objects?.get(key);
    const ownership = known && ownershipOf(known.metadata, this.#settings);
    objects?.delete(key);
    if (ownership === undefined) return undefined;
    const members = this.#byOwner.get(ownership);
    members?.delete(`${kind}/${key}`);
    if (members?.size === 0) this.#byOwner.delete(ownership);
    return ownership;
  }

  /**
   * Forgets all objects of a kind in the namespaces that are covered, but those with these keys: a list of this version did not have them.
   * What is known from later, such as what we made meanwhile, stays. Returns whose they were.
   */
  keepOnly(
    kind: FleetKind,
    keys: ReadonlySet<string>,
    version: string,
    isCovered: (namespace: string | undefined) => boolean,
  ): readonly string[] {
    const gone = [...(this.#byKind.get(kind)?.entries() ?? [])].filter(
      ([key, { metadata }]) =>
        !keys.has(key) && isCovered(metadata.namespace) && !isLater(versionOf(metadata), version),
    );
    return gone.flatMap(([key]) => this.remove(kind, key) ?? []);
  }

  /** The API server was set back: whatever it tells from now on is newer than what is known, whichever version it has. */
  setBack(kind: FleetKind, isCovered: (namespace: string | undefined) => boolean): void {
    for (const [key, object] of [...(this.#byKind.get(kind)?.entries() ?? [])]) {
      if (!isCovered(object.metadata.namespace)) continue;
      this.remove(kind, key);
      this.put(kind, { ...object, metadata: { ...object.metadata, resourceVersion: "0" } });
    }
  }
}

/** Answers to our writes and events of a watch cross each other. Versions of one object are ordered. */
function isNewer(known: AnyObject, other: AnyObject): boolean {
  if (known.metadata.uid !== other.metadata.uid) return false;
  return isLater(versionOf(known.metadata), versionOf(other.metadata));
}

function versionOf({ resourceVersion }: ObjectMeta): string {
  return resourceVersion ?? "0";
}
