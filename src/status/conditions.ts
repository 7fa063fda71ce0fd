import type { Condition } from "../translate/conditions.ts";

/** A condition as it stands in an object's status. */
export interface StampedCondition extends Condition {
  /** RFC 3339 in whole seconds: when `status` changed last. */
  readonly lastTransitionTime: string;
}

/** Types of conditions that this program writes. Where several controllers share a list of conditions, others are somebody else's. */
const ownTypes: ReadonlySet<string> = new Set([
  "Accepted",
  "Aggregated",
  "BackendsAvailable",
  "Conflicted",
  "InsecureFrontendValidationMode",
  "Merged",
  "Overridden",
  "OverlappingTLSConfig",
  "PartiallyInvalid",
  "Programmed",
  "ResolvedRefs",
  "RouteRulesOverlap",
  "Warning",
  // Written by earlier versions of the Gateway API as a new Gateway's default.
  "Ready",
  "Scheduled",
]);

/** What Kubernetes accepts as a condition's message. */
const maxMessageLength = 32_768;

/**
 * Gives computed conditions their transition times. The time moves only when type, status, reason, message or generation differ
 * from what was there (reading the same again is no news); everything keeps the order of `next`.
 * Types of `previous` that are not computed any more are left out; with `isShared` those that are not ours stay, last.
 */
export function mergeConditions(
  previous: readonly StampedCondition[] | undefined,
  next: readonly Condition[],
  now: Date,
  isShared = false,
): readonly StampedCondition[] {
  const merged = next.map((condition) => {
    const wanted = { ...condition, message: limitMessage(condition.message) };
    const former = previous?.find((candidate) => candidate.type === wanted.type);
    return former && sameCondition(former, wanted) ? former : { ...wanted, lastTransitionTime: timestamp(now) };
  });
  if (isShared) {
    const computed = new Set(next.map(({ type }) => type));
    merged.push(...(previous ?? []).filter(({ type }) => !ownTypes.has(type) && !computed.has(type)));
  }
  const isUnchanged = previous?.length === merged.length && merged.every((condition, i) => condition === previous[i]);
  return isUnchanged ? previous : merged;
}

/** Equality but for the transition time. */
export function sameCondition(a: Condition, b: Condition): boolean {
  return (
    a.type === b.type &&
    a.status === b.status &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.observedGeneration === b.observedGeneration
  );
}

/** Kubernetes' `metav1.Time`: no fractions of a second. */
export function timestamp(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** Cuts a message that no API server would take, never inside a character. */
function limitMessage(message: string): string {
  if (message.length <= maxMessageLength) return message;
  const cut = message.slice(0, maxMessageLength - 1);
  const endsInHalf = /[\ud800-\udbff]$/.test(cut);
  return `${endsInHalf ? cut.slice(0, -1) : cut}…`;
}
