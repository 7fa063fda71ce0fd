import type { Condition } from "../translate/conditions.ts";

/** A condition as it stands in an object's status. */
export interface StampedCondition extends Condition {
  /** RFC 3339 in whole seconds: when `status` changed last. */
  readonly lastTransitionTime: string;
}

/** What Kubernetes accepts as a condition's message. */
const maxMessageLength = 32_768;

/**
 * Gives computed conditions their transition times. The time moves only when type, status, reason, message or generation differ
 * from what was there (reading the same again is no news); everything keeps the order of `next`.
 * Types of `previous` that are not computed any more are left out.
 */
export function mergeConditions(
  previous: readonly StampedCondition[] | undefined,
  next: readonly Condition[],
  now: Date,
): readonly StampedCondition[] {
  if (previous === undefined) return stampAll(next, now);
  const merged = next.map((condition) => {
    const wanted = { ...condition, message: limitMessage(condition.message) };
    const former = previous.find((candidate) => candidate.type === wanted.type);
    return former && sameCondition(former, wanted) ? former : { ...wanted, lastTransitionTime: timestamp(now) };
  });
  const isUnchanged = previous.length === merged.length && merged.every((condition, i) => condition === previous[i]);
  return isUnchanged ? previous : merged;
}

/** What was stamped last of each list: thousands of routes say the same, and share it. */
const stampedLast = new WeakMap<readonly Condition[], readonly StampedCondition[]>();

function stampAll(conditions: readonly Condition[], now: Date): readonly StampedCondition[] {
  const lastTransitionTime = timestamp(now);
  const known = stampedLast.get(conditions);
  if (known?.[0]?.lastTransitionTime === lastTransitionTime) return known;
  const stamped = conditions.map((condition) => ({
    ...condition,
    message: limitMessage(condition.message),
    lastTransitionTime,
  }));
  stampedLast.set(conditions, stamped);
  return stamped;
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
