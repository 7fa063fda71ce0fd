import type { KubeObject, ObjectKey } from "../../api/object.ts";
import type { SourceProblem } from "../source.ts";

/** An object as one document defines it. The same instance for as long as the document's text stays the same. */
export interface ManifestObject {
  /** Kind and key. */
  readonly id: string;
  readonly kind: string;
  readonly key: ObjectKey;
  /** Admitted, with its namespace; without the bookkeeping of {@link import("./lives.ts").Lives}. */
  readonly object: KubeObject;
  /** Lines between the document's start and the object's; 0 but for the items of a list. */
  readonly lineOffset: number;
}

/** What one document says. Depends on its text only, so that it outlives moves within a file and between files. */
export interface Manifest {
  readonly objects: readonly ManifestObject[];
  /** Objects the document means to define, but which were refused: `id` of each. */
  readonly refused: readonly string[];
  /** True if it cannot be told which objects all of it means to define: bad syntax, no name, a misspelt kind. */
  readonly isIllegible: boolean;
  /** Lines are counted from the document's start (1), and there is no file. */
  readonly problems: readonly SourceProblem[];
}

/** A document in its place in a file. */
export interface PlacedDocument {
  readonly text: string;
  /** Line of the file on which it starts, counted from 1. */
  readonly line: number;
  readonly manifest: Manifest;
}

/** Kind and key in one string; what objects are told apart by. */
export function objectId(kind: string, key: ObjectKey): string {
  return `${kind} ${key}`;
}
