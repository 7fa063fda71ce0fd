import { extensionPartRef } from "../translate/resources.ts";
import type { Channel } from "./channel.ts";
import type { FleetStore } from "./fleet-store.ts";
import type { ResourceType } from "./resource-types.ts";

/**
 * What makes a change of extensions' parts safe for one Envoy: a virtual host must never refer to a part that the Envoy does not have,
 * because Envoy answers such requests itself. So hosts wait until their parts are acknowledged, and a part that vanished from
 * the store stays in the Envoy until all hosts that referred to it have been replaced there. Requests take route and filter
 * configuration at one moment, so that no grace is needed.
 */
export class PartOrder {
  readonly #store: FleetStore;
  readonly #channels: ReadonlyMap<ResourceType, Channel>;

  constructor(store: FleetStore, channels: ReadonlyMap<ResourceType, Channel>) {
    this.#store = store;
    this.#channels = channels;
  }

  /** Whether the Envoy has acknowledged the part, in whatever form. */
  has(ref: string): boolean {
    const { extension, part } = split(ref);
    const form = this.#channels.get("extension")?.views.get(extension)?.acknowledged(part);
    return form !== undefined && form.isUnknown !== true;
  }

  /** Whether a part that the Envoy lacks will be there, if all goes well. */
  isExpected(ref: string): boolean {
    const { extension, part } = split(ref);
    const stored = this.#store.table(extension, "extension").get(part);
    const quarantine = this.#channels.get("extension")?.views.get(extension)?.quarantined.get(part);
    return stored !== undefined && stored.version !== quarantine?.version;
  }

  /** Whether nothing that the Envoy has, or is about to get, refers to the part. */
  mayRemove(extension: string, part: string): boolean {
    const ref = extensionPartRef(extension, part);
    if (this.#store.isPartUsed(ref)) return false;
    for (const view of this.#channels.get("route")?.views.values() ?? []) {
      for (const form of [...view.overrides.values(), ...view.beforeFlight.values()]) {
        if (form?.isUnknown || form?.extensions.includes(ref)) return false;
      }
    }
    return true;
  }
}

function split(ref: string): { readonly extension: string; readonly part: string } {
  const separator = ref.indexOf("|");
  return { extension: ref.slice(0, separator), part: ref.slice(separator + 1) };
}
