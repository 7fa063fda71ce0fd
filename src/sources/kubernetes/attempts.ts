import { KubeError } from "../../kube/error.ts";
import type { ApiUse } from "./health.ts";

interface Failure {
  readonly use: ApiUse;
  readonly error: KubeError;
}

/** Requests of one use that are made again until they succeed: what keeps any of them from it is told for as long as that lasts. */
export class Attempts {
  readonly #note: (use: ApiUse, error: KubeError | undefined) => void;
  readonly #failing = new Map<string, Failure>();

  constructor(note: (use: ApiUse, error: KubeError | undefined) => void) {
    this.#note = note;
  }

  /** The request called `id` failed, and is made again. */
  failed(id: string, use: ApiUse, reason: unknown): void {
    const error = reason instanceof KubeError ? reason : new KubeError(String(reason), 0, "Failed", undefined, reason);
    this.#failing.set(id, { use, error });
    this.#note(use, error);
  }

  /** It succeeded, or is not made again. */
  ended(id: string): void {
    const failure = this.#failing.get(id);
    if (!failure) return;
    this.#failing.delete(id);
    const { use } = failure;
    this.#note(use, this.#errorIn(use.namespace));
  }

  /** None is made again. */
  stop(): void {
    for (const id of [...this.#failing.keys()]) this.ended(id);
  }

  #errorIn(namespace: string | undefined): KubeError | undefined {
    for (const { use, error } of this.#failing.values()) if (use.namespace === namespace) return error;
    return undefined;
  }
}
