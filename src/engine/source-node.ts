import { CollectionNode } from "./node.ts";
import type { Failure, Source } from "./types.ts";

/** A collection written from outside. */
export class SourceNode<T> extends CollectionNode<T> implements Source<T> {
  readonly kind = "source";
  readonly from = [];
  /** What the next commit will write; `undefined` removes. */
  #pending = new Map<string, T | undefined>();

  get hasWork(): boolean {
    return this.#pending.size > 0;
  }

  get records(): number {
    return this.#pending.size;
  }

  set(key: string, value: T): void {
    this.#write(key, value);
  }

  delete(key: string): void {
    this.#write(key, undefined);
  }

  #write(key: string, value: T | undefined): void {
    if (this.scope.phase === "computing")
      throw new Error(`${this.name} was written by a derived collection's function; those functions must be pure`);
    this.#pending.set(key, value);
  }

  protected update(): void {
    const pending = this.#pending;
    this.#pending = new Map();
    for (const [key, value] of pending) this.emit(key, value);
  }

  originsOf(): [] {
    return [];
  }

  failures(): Iterable<Failure> {
    return [];
  }
}
