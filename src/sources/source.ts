import type { KubeObject, ObjectKey } from "../api/object.ts";

/** Where a person finds what an object was read from. */
export interface Origin {
  /** Path as the user gave it (joined with the entry's name for a directory). */
  readonly file: string;
  /** Line of the document's first content, counted from 1. */
  readonly line: number;
}

/** One object that appeared, changed or vanished. */
export interface ObjectChange {
  /** Kind as registered in `src/api/registry.ts`, e.g. `HTTPRoute`. */
  readonly kind: string;
  readonly key: ObjectKey;
  /** Validated and defaulted; `undefined` when the object is gone. */
  readonly object: KubeObject | undefined;
  readonly origin?: Origin;
}

/** Something a user wrote that cannot be used, or that probably means something else than was meant. */
export interface SourceProblem {
  /** `error`: something is not in effect as written. `warning`: it is, but look at it. `info`: left out on purpose. */
  readonly severity: "error" | "warning" | "info";
  /** Stable identifier: an issue code of `src/schema/issue.ts`, or one of `src/sources/file/problems.ts` such as `YamlSyntax`. */
  readonly code: string;
  /** One sentence: what is wrong and, if known, what to do. */
  readonly message: string;
  /** What follows for what is served, e.g. that the object's former version stays. */
  readonly effect?: string;
  readonly file?: string;
  /** Counted from 1. */
  readonly line?: number;
  readonly column?: number;
  /** The object, as far as it could be told. */
  readonly kind?: string;
  readonly key?: ObjectKey;
  /** Path to the field, e.g. `spec.rules[0].matches`. */
  readonly field?: string;
}

/** Changes that take effect together. */
export interface SourceBatch {
  readonly changes: readonly ObjectChange[];
  /** All problems that exist now (not only new ones), ordered by file and line; absent when unchanged since the last batch. */
  readonly problems?: readonly SourceProblem[];
}

/**
 * A place objects come from. It validates and defaults them, so that what it hands over is what an API server would have stored.
 * The first batch holds everything that is there at the start; `start` resolves after it was delivered (even when it is empty).
 */
export interface Source {
  start(onBatch: (batch: SourceBatch) => void): Promise<void>;
  /** Stops watching; no batch is delivered afterwards. */
  stop(): Promise<void>;
}
