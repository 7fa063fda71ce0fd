import type { FleetChange } from "../translate/resources.ts";

type Names = { readonly [F in keyof FleetChange]-?: (change: NonNullable<FleetChange[F]>[number]) => string };

/** What tells resources of each kind apart. */
export const identities: Names = {
  cluster: ({ name }) => name,
  endpoint: ({ name }) => name,
  listener: ({ name }) => name,
  route: ({ name }) => name,
  secret: ({ name }) => name,
  extension: ({ name }) => name,
  virtualHost: ({ table, name }) => `${table}\n${name}`,
  extensionPart: ({ extension, name }) => `${extension}\n${name}`,
};

/** The lists that a change has. */
export const changeFields = Object.keys(identities) as (keyof FleetChange)[];

/** Completes the whole content of a fleet (`next`, nothing but additions) with removals of what there was besides. */
export function removalsOf(former: FleetChange | undefined, next: FleetChange): FleetChange {
  if (!former) return next;
  return Object.fromEntries(changeFields.map((field) => [field, complete(field, former, next)])) as FleetChange;
}

function complete<F extends keyof FleetChange>(field: F, former: FleetChange, next: FleetChange): readonly object[] {
  type Each = NonNullable<FleetChange[F]>[number];
  const identity = identities[field] as (change: Each) => string;
  const additions = (next[field] ?? []) as readonly Each[];
  const kept = new Set(additions.map(identity));
  const gone = ((former[field] ?? []) as readonly Each[]).filter((change) => !kept.has(identity(change)));
  return [...additions, ...gone.map((change) => ({ ...change, value: undefined }))];
}
