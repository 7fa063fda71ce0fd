/** What a translation has told so far, put together the way an xDS server does. */
import type { ObjectStatus } from "../conditions.ts";
import type { PlannedFleet, Translation, TranslationChanges } from "../translation.ts";

/** Everything that can be seen of a translation from outside, in an order of its own. */
export interface Outcome {
  /** Content by `<fleet> <type> <table or extension> <name>`. */
  readonly resources: Readonly<Record<string, string>>;
  readonly fleets: Readonly<Record<string, PlannedFleet>>;
  readonly statuses: Readonly<Record<string, ObjectStatus>>;
}

/** Follows the changes of a translation's commits. Each commit must go through it. */
export class Follower {
  readonly #resources = new Map<string, string>();
  readonly #fleets = new Map<string, PlannedFleet>();
  readonly #statuses = new Map<string, ObjectStatus>();
  readonly #translation: Translation;

  constructor(translation: Translation) {
    this.#translation = translation;
  }

  /** Commits and takes in what changed. Throws when something in the graph threw. */
  commit(): TranslationChanges {
    const changes = this.#translation.commit();
    const [failure] = changes.report.failures;
    if (failure)
      throw new Error(`${failure.collection} ${failure.key}: ${String(failure.error)}`, { cause: failure.error });
    for (const [fleet, change] of changes.xds) {
      for (const [type, entries] of Object.entries(change)) {
        for (const entry of entries) this.#take(`${fleet} ${type} ${placeOf(entry)}`, entry);
      }
    }
    for (const { key, value } of changes.fleets) set(this.#fleets, key, value);
    for (const { key, value } of changes.statuses) set(this.#statuses, key, value);
    return changes;
  }

  /** What the changes add up to. */
  told(): Outcome {
    return {
      resources: sorted(this.#resources),
      fleets: sorted(this.#fleets),
      statuses: sorted(this.#statuses),
    };
  }

  /** What the translation shows by itself of fleets and statuses; must agree with what it told. */
  shown(): Pick<Outcome, "fleets" | "statuses"> {
    return {
      fleets: sorted(new Map(this.#translation.fleets.entries())),
      statuses: sorted(new Map(this.#translation.statuses.entries())),
    };
  }

  #take(id: string, { name, value }: ChangedResource): void {
    const content = value && {
      bytes: Buffer.from(value.bytes).toString("base64"),
      clusters: [...(value.clusters ?? [])].sort(),
      from: [...(value.from ?? [])].sort(),
    };
    set(this.#resources, `${id} ${name}`, content && JSON.stringify(content));
  }
}

interface ChangedResource {
  readonly name: string;
  readonly table?: string;
  readonly extension?: string;
  readonly value:
    | { readonly bytes: Uint8Array; readonly clusters?: readonly string[]; readonly from?: readonly string[] }
    | undefined;
}

const placeOf = ({ table, extension }: ChangedResource): string => table ?? extension ?? "-";

function set<T>(map: Map<string, T>, key: string, value: T | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

function sorted<T>(map: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
