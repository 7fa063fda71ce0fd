import type { Condition, StatusReference } from "../translate/conditions.ts";
import { mergeConditions, type StampedCondition } from "./conditions.ts";

/**
 * Lists in a status that several controllers share: `parents` of a route, `ancestors` of a policy. Each controller owns the
 * entries with its name and leaves the others alone.
 */

/** An entry as far as it matters here; `reference` is its `parentRef` or `ancestorRef`. */
export interface StatusEntry<C extends Condition = Condition> {
  readonly reference: StatusReference;
  readonly controllerName: string;
  readonly conditions: readonly C[];
}

export interface EntryOptions {
  readonly controllerName: string;
  /** Most entries the kind allows: 32 parents, 16 ancestors. */
  readonly limit: number;
  /** What the entries are called in the message about those left out. */
  readonly noun: "parents" | "ancestors";
  readonly now: Date;
  /** Whether an entry of ours that is not computed stays for the time being. Default: it goes. */
  readonly isHeld?: ((reference: StatusReference) => boolean) | undefined;
}

/**
 * Puts our computed entries beside other controllers' present ones (theirs first, as they stand). When there are more than fit, ours are cut:
 * those with something wrong stay before those that are well, and the last one says `Aggregated`.
 */
export function mergeEntries(
  previous: readonly StatusEntry<StampedCondition>[],
  next: readonly StatusEntry[],
  options: EntryOptions,
): readonly StatusEntry<StampedCondition>[] {
  const foreign = previous.filter((entry) => entry.controllerName !== options.controllerName);
  const ours = new Map(
    previous
      .filter((entry) => entry.controllerName === options.controllerName)
      .map((entry) => [referenceKey(entry.reference), entry]),
  );
  const computed = new Set(next.map(({ reference }) => referenceKey(reference)));
  const held = [...ours].filter(([key, { reference }]) => !computed.has(key) && options.isHeld?.(reference));
  const room = Math.max(0, options.limit - foreign.length - held.length);
  const merged = fitting(next, room, options).map((entry) => {
    const former = ours.get(referenceKey(entry.reference));
    return { ...entry, conditions: mergeConditions(former?.conditions, entry.conditions, options.now) };
  });
  return [...foreign, ...(held.length > 0 ? inPlace(merged, held, [...ours.keys()]) : merged)];
}

/** Held entries keep their places among those that were there with them, so that nothing moves while they are held, or after. */
function inPlace<E extends StatusEntry>(
  merged: readonly E[],
  held: readonly (readonly [key: string, entry: E])[],
  former: readonly string[],
): readonly E[] {
  const all = new Map([...held, ...merged.map((entry) => [referenceKey(entry.reference), entry] as const)]);
  return [...new Set([...former, ...all.keys()])].flatMap((key) => all.get(key) ?? []);
}

function fitting(entries: readonly StatusEntry[], room: number, { limit, noun }: EntryOptions): readonly StatusEntry[] {
  if (entries.length <= room) return entries;
  const kept = entries
    .map((entry, i) => ({ entry, i, rank: isWell(entry) ? 1 : 0 }))
    .sort((a, b) => a.rank - b.rank || a.i - b.i)
    .slice(0, room)
    .map(({ entry }) => entry);
  const last = kept.at(-1);
  if (!last) return [];
  const generation = last.conditions[0]?.observedGeneration;
  const aggregated: Condition = {
    type: "Aggregated",
    status: "True",
    reason: "Aggregated",
    message: `${entries.length - room} of ${entries.length} ${noun} are left out, because a status holds at most ${limit}; those with problems are listed first.`,
    ...(generation !== undefined && { observedGeneration: generation }),
  };
  return [...kept.slice(0, -1), { ...last, conditions: [...last.conditions, aggregated] }];
}

/** Conditions of which `True` is the bad news. */
const badWhenTrue: ReadonlySet<string> = new Set([
  "Conflicted",
  "Overridden",
  "PartiallyInvalid",
  "RouteRulesOverlap",
  "Warning",
]);

function isWell(entry: StatusEntry): boolean {
  return entry.conditions.every(({ type, status }) => (badWhenTrue.has(type) ? status !== "True" : status !== "False"));
}

/** Identity of an entry: all parts of its reference, absent group and kind being those of a Gateway. */
function referenceKey({ group, kind, namespace, name, sectionName, port }: StatusReference): string {
  return JSON.stringify([
    group ?? "gateway.networking.k8s.io",
    kind ?? "Gateway",
    namespace ?? "",
    name,
    sectionName ?? "",
    port ?? 0,
  ]);
}
