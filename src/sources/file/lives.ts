import { hash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "../../api/object.ts";

/** Deleted objects whose life count is remembered; the oldest are forgotten, so that a busy directory does not grow without end. */
const REMEMBERED = 10_000;

/**
 * The bookkeeping an API server does for the objects it stores: `uid` and `generation`.
 *
 * Both are made up without clock or randomness, so that the same history gives the same objects. `creationTimestamp` stays as the
 * manifest has it: a file's times change with every copy, and an absent time leaves the order to the objects' names.
 */
export class Lives {
  readonly #ended = new Map<string, number>();

  /** A new object. A `uid` or `generation` in the manifest is kept. */
  begin(id: string, object: KubeObject): KubeObject {
    const { metadata } = object;
    const uid = metadata.uid ?? uidOf(id, this.#ended.get(id) ?? 0);
    return { ...object, metadata: { ...metadata, uid, generation: metadata.generation ?? 1 } };
  }

  /** The next version of an object; `former` itself if nothing changed. `generation` counts when anything but metadata and status did. */
  next(former: KubeObject, object: KubeObject): KubeObject {
    const { metadata } = object;
    const { uid, generation = 1 } = former.metadata;
    const unchanged: KubeObject = {
      ...object,
      metadata: { ...(uid !== undefined && { uid }), ...metadata, generation },
    };
    if (isDeepStrictEqual(unchanged, former)) return former;
    if (isDeepStrictEqual(withoutBookkeeping(object), withoutBookkeeping(former))) return unchanged;
    return {
      ...unchanged,
      metadata: { ...unchanged.metadata, generation: Math.max(generation + 1, metadata.generation ?? 0) },
    };
  }

  /** The object is gone: if it comes back, it is another one. */
  end(id: string): void {
    const lives = (this.#ended.get(id) ?? 0) + 1;
    this.#ended.delete(id);
    this.#ended.set(id, lives);
    if (this.#ended.size <= REMEMBERED) return;
    for (const oldest of this.#ended.keys()) {
      this.#ended.delete(oldest);
      return;
    }
  }
}

function withoutBookkeeping(object: KubeObject): unknown {
  const { metadata: _metadata, status: _status, ...rest } = object;
  return rest;
}

function uidOf(id: string, life: number): string {
  const digits = hash("sha1", `${id}/${life}`, "hex");
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20, 32),
  ].join("-");
}
