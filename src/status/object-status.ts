import type {
  AncestorStatus,
  Condition,
  ListenerStatus,
  ParentStatus,
  StatusBody,
  StatusReference,
} from "../translate/conditions.ts";
import { sameData } from "../translate/equal.ts";
import { mergeConditions, type StampedCondition } from "./conditions.ts";
import { mergeEntries } from "./entries.ts";
import { ownConditionTypes } from "./own-conditions.ts";

type Stamped<T extends { readonly conditions: readonly Condition[] }> = Omit<T, "conditions"> & {
  readonly conditions: readonly StampedCondition[];
};

/** The whole `status` of an object as it is written, conditions with their times and other controllers' entries included. */
export interface WrittenStatus extends Omit<StatusBody, "conditions" | "listeners" | "parents" | "ancestors"> {
  readonly conditions?: readonly StampedCondition[];
  readonly listeners?: readonly Stamped<ListenerStatus>[];
  readonly parents?: readonly Stamped<ParentStatus>[];
  readonly ancestors?: readonly Stamped<AncestorStatus>[];
}

/** Entries of `parents` and `ancestors` that the API allows. */
const maxParents = 32;
const maxAncestors = 16;

/** Whose statuses are written, and when. */
export interface StatusOwner {
  readonly controllerName: string;
  readonly now: Date;
  /** Whether an entry of `parents` or `ancestors` that is not computed stays for the time being. Default: it goes. */
  readonly isHeld?: ((reference: StatusReference) => boolean) | undefined;
}

/**
 * Turns a computed status into the one to write, given what stands there now. Fields of {@link StatusBody} that were not computed
 * go, but for other controllers' entries and conditions; fields it does not know stay as they are.
 * Equal input gives the former object itself, so `===` tells whether anything has to be written.
 */
export function mergeStatus(
  previous: WrittenStatus | undefined,
  body: StatusBody,
  options: StatusOwner,
): WrittenStatus {
  const { now } = options;
  const { conditions, listeners, attachedListenerSets, parents, ancestors, addresses, supportedFeatures, ...unknown } =
    previous ?? {};
  const next: WrittenStatus = {
    ...unknown,
    ...(body.conditions && { conditions: mergeShared(conditions, body.conditions, now) }),
    ...(body.listeners && { listeners: body.listeners.map((listener) => mergeListener(listeners, listener, now)) }),
    ...(body.attachedListenerSets !== undefined && { attachedListenerSets: body.attachedListenerSets }),
    ...(body.addresses && { addresses: body.addresses }),
    ...(body.supportedFeatures && { supportedFeatures: body.supportedFeatures }),
    ...mergeParents(parents, body.parents, options),
    ...mergeAncestors(ancestors, body.ancestors, options),
  };
  return previous && sameData(previous, next) ? previous : next;
}

function mergeParents(
  previous: WrittenStatus["parents"],
  next: StatusBody["parents"],
  options: StatusOwner,
): Pick<WrittenStatus, "parents"> {
  const merged = mergeEntries(
    (previous ?? []).map(({ parentRef, ...rest }) => ({ ...rest, reference: parentRef })),
    (next ?? []).map(({ parentRef, ...rest }) => ({ ...rest, reference: parentRef })),
    { ...options, limit: maxParents, noun: "parents" },
  );
  return merged.length > 0 || next
    ? { parents: merged.map(({ reference, ...rest }) => ({ parentRef: reference, ...rest })) }
    : {};
}

function mergeAncestors(
  previous: WrittenStatus["ancestors"],
  next: StatusBody["ancestors"],
  options: StatusOwner,
): Pick<WrittenStatus, "ancestors"> {
  const merged = mergeEntries(
    (previous ?? []).map(({ ancestorRef, ...rest }) => ({ ...rest, reference: ancestorRef })),
    (next ?? []).map(({ ancestorRef, ...rest }) => ({ ...rest, reference: ancestorRef })),
    { ...options, limit: maxAncestors, noun: "ancestors" },
  );
  return merged.length > 0 || next
    ? { ancestors: merged.map(({ reference, ...rest }) => ({ ancestorRef: reference, ...rest })) }
    : {};
}

/**
 * What remains of a status when we have nothing more to say about the object: other controllers' entries and conditions.
 * `undefined` when that is nothing.
 */
export function withoutOurs(previous: WrittenStatus, controllerName: string): WrittenStatus | undefined {
  const parents = previous.parents?.filter((entry) => entry.controllerName !== controllerName);
  const ancestors = previous.ancestors?.filter((entry) => entry.controllerName !== controllerName);
  const conditions = previous.conditions?.filter(isForeign);
  if (!parents?.length && !ancestors?.length && !conditions?.length) return undefined;
  return {
    ...(conditions?.length && { conditions }),
    ...(parents?.length && { parents }),
    ...(ancestors?.length && { ancestors }),
  };
}

function mergeListener(
  previous: WrittenStatus["listeners"],
  listener: ListenerStatus,
  now: Date,
): Stamped<ListenerStatus> {
  const former = previous?.find((candidate) => candidate.name === listener.name);
  return { ...listener, conditions: mergeShared(former?.conditions, listener.conditions, now) };
}

/** Conditions of a list that belongs to nobody: those of types we do not use stay, behind ours. */
function mergeShared(
  previous: readonly StampedCondition[] | undefined,
  next: readonly Condition[],
  now: Date,
): readonly StampedCondition[] {
  const foreign = previous?.filter(isForeign) ?? [];
  if (foreign.length === 0) return mergeConditions(previous, next, now);
  const ours = previous?.filter((condition) => !isForeign(condition));
  return [...mergeConditions(ours, next, now), ...foreign];
}

const isForeign = ({ type }: Condition): boolean => !ownConditionTypes.has(type);
