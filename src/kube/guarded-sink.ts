import type { AnyObject } from "./client.ts";
import { keyOf } from "./object-key.ts";
import type { ReflectorSink } from "./reflector-sink.ts";

/**
 * Told of an exception in a sink, which is a mistake in this program, and with `undefined` when it is over. `key` is the object's,
 * `namespace/name` or `name`; none if it is about no object alone.
 */
export type OnMistake = (mistake: Error | undefined, key: string | undefined) => void;

/**
 * Keeps a sink's exceptions from whoever follows a kind: one object that is heard of again and again from the same place would keep all
 * others from being heard of. An exception is told once for an object, until that goes well or is gone.
 */
export class GuardedSink implements ReflectorSink {
  readonly #sink: ReflectorSink;
  readonly #onMistake: OnMistake;
  /** Messages by the key of the object; empty key: of none alone. */
  readonly #told = new Map<string, string>();

  constructor(sink: ReflectorSink, onMistake: OnMistake) {
    this.#sink = sink;
    this.#onMistake = onMistake;
  }

  listed(object: AnyObject): void {
    this.#guard(keyOf(object), () => this.#sink.listed(object));
  }

  completed(keys: ReadonlySet<string>, version: string): void {
    for (const key of this.#told.keys()) if (key !== "" && !keys.has(key)) this.#wentWell(key);
    this.#guard("", () => this.#sink.completed(keys, version));
  }

  changed(object: AnyObject): void {
    this.#guard(keyOf(object), () => this.#sink.changed(object));
  }

  deleted(object: AnyObject): void {
    const key = keyOf(object);
    this.#guard(key, () => this.#sink.deleted(object));
  }

  setBack(): void {
    this.#guard("", () => this.#sink.setBack?.());
  }

  #guard(key: string, hear: () => void): void {
    try {
      hear();
      this.#wentWell(key);
    } catch (reason) {
      const mistake = reason instanceof Error ? reason : new Error(String(reason));
      if (this.#told.get(key) === mistake.message) return;
      this.#told.set(key, mistake.message);
      this.#onMistake(mistake, key || undefined);
    }
  }

  #wentWell(key: string): void {
    if (this.#told.delete(key)) this.#onMistake(undefined, key || undefined);
  }
}
