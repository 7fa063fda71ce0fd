import type { FleetChange } from "../translate/resources.ts";
import { changeFields, identities } from "./removals.ts";

type Each = NonNullable<FleetChange[keyof FleetChange]>[number];

/**
 * Configuration that fleets are not sent for the time being, added up: of each resource the newest form. What it costs follows what is
 * withheld.
 */
export class WithheldChanges {
  readonly #fleets = new Map<string, Map<keyof FleetChange, Map<string, Each>>>();

  /** Keeps a change behind what is withheld from the fleet already. */
  add(fleet: string, change: FleetChange): void {
    const kept = this.#fleets.get(fleet) ?? new Map<keyof FleetChange, Map<string, Each>>();
    this.#fleets.set(fleet, kept);
    for (const field of changeFields) {
      const changes: readonly Each[] = change[field] ?? [];
      if (changes.length === 0) continue;
      const identity = identities[field] as (change: Each) => string;
      const newest = kept.get(field) ?? new Map<string, Each>();
      kept.set(field, newest);
      for (const each of changes) newest.set(identity(each), each);
    }
  }

  /** All that was withheld from a fleet, which is sent from now on; `undefined` if there was nothing. */
  take(fleet: string): FleetChange | undefined {
    const kept = this.#fleets.get(fleet);
    this.#fleets.delete(fleet);
    return (
      kept && (Object.fromEntries([...kept].map(([field, newest]) => [field, [...newest.values()]])) as FleetChange)
    );
  }

  /** Forgets what was withheld from a fleet, or from all of them. */
  drop(fleet?: string): void {
    if (fleet === undefined) this.#fleets.clear();
    else this.#fleets.delete(fleet);
  }
}
