import { type KubeObject, keyOf, type ObjectKey } from "../../api/object.ts";
import type { ObjectChange, Source, SourceBatch } from "../source.ts";

/** Objects handed over by the program itself: for tests, and for those who use the translator as a library. */
export interface MemorySource extends Source {
  /** Adds or replaces objects, all in one batch. They are taken as they are: validated and defaulted already. */
  apply(objects: readonly KubeObject[]): void;
  /** Removes objects, all in one batch; those that are not there are passed over. */
  delete(objects: readonly { readonly kind: string; readonly key: ObjectKey }[]): void;
}

/**
 * A source whose objects are kept in memory. What is applied before `start` is its first batch; afterwards every call is a
 * batch of its own, delivered before the call returns.
 */
export function createMemorySource(initial: readonly KubeObject[] = []): MemorySource {
  const objects = new Map<string, ObjectChange>();
  let deliver: ((batch: SourceBatch) => void) | undefined;

  function apply(applied: readonly KubeObject[]): void {
    const changes = applied.map((object): ObjectChange => ({ kind: object.kind, key: keyOf(object), object }));
    for (const change of changes) objects.set(`${change.kind} ${change.key}`, change);
    if (changes.length > 0) deliver?.({ changes });
  }

  apply(initial);
  return {
    apply,
    delete(removed) {
      const changes: ObjectChange[] = [];
      for (const { kind, key } of removed) {
        if (objects.delete(`${kind} ${key}`)) changes.push({ kind, key, object: undefined });
      }
      if (changes.length > 0) deliver?.({ changes });
    },
    async start(onBatch) {
      deliver = onBatch;
      onBatch({ changes: [...objects.values()], problems: [] });
    },
    async stop() {
      deliver = undefined;
    },
  };
}
