import type { Commit } from "../controller.ts";
import { messageOf } from "../message-of.ts";
import type { Attributes } from "./attributes.ts";
import { newSpanId, type Span } from "./span.ts";

/**
 * The trace of one commit: `reconcile`, and in it `translate` (objects to resources) and `publish` (resources handed to the streams
 * of Envoys, fleets to the infrastructure).
 *
 * @param origin what `performance.now()` counts from, in milliseconds since 1970
 */
export function commitSpans(commit: Commit, traceId: Uint8Array, origin: number): readonly Span[] {
  const { changes, batch, startedAt, translationMs, durationMs } = commit;
  const start = origin + startedAt;
  const translated = start + translationMs;
  const end = start + durationMs;
  const whole = newSpanId();
  const part = (name: string, from: number, to: number, attributes: Attributes): Span => ({
    name,
    traceId,
    spanId: newSpanId(),
    parentSpanId: whole,
    start: from,
    end: to,
    attributes,
  });
  const [failure] = changes.report.failures;
  const error = failure && { error: `${failure.collection} ${failure.key}: ${messageOf(failure.error)}` };
  const computed = [...changes.report.computed.values()].reduce((sum, count) => sum + count, 0);
  const reconciled = {
    trigger: batch ? "source" : "state",
    objects: batch?.changes.length ?? 0,
    ...(batch && batch.changes.length === 1 && oneObject(batch.changes[0])),
  };
  return [
    { name: "reconcile", traceId, spanId: whole, start, end, attributes: reconciled, ...error },
    {
      ...part("translate", start, translated, { computed, statuses: changes.statuses.length }),
      ...error,
    },
    part("publish", translated, end, { snapshots: changes.xds.size, fleets: changes.fleets.length }),
  ];
}

/** Most changes are of one object, which is then worth naming. */
function oneObject(change: { readonly kind: string; readonly key: string } | undefined): Attributes {
  return change ? { kind: change.kind, object: change.key } : {};
}
