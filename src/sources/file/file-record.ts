import type { SourceProblem } from "../source.ts";
import type { ManifestObject, PlacedDocument } from "./manifest.ts";

/** An object that is not in the file as it is now, but was in it before something in the file broke. */
export interface KeptObject {
  readonly object: ManifestObject;
  /** True if it is kept because some document is illegible; false if its own document was refused. */
  readonly isLost: boolean;
}

/** What is known about a file. */
export interface FileRecord {
  /** As it is shown to people. */
  readonly path: string;
  /** Bytes when it was last read. */
  readonly size: number;
  readonly documents: readonly PlacedDocument[];
  /** By id. */
  readonly kept: ReadonlyMap<string, KeptObject>;
  /** Set if the file itself cannot be read; the rest is then as it was before. */
  readonly problem: SourceProblem | undefined;
}

const NOTHING_KEPT: ReadonlyMap<string, KeptObject> = new Map();

/**
 * The record of a file that was read, after the record it had before.
 *
 * An object whose document is refused stays as this file had it before. Of an illegible document it is not known what it defines;
 * when one appears, all objects that go from the file in the same moment are taken to be in it. They stay until another document
 * of the file defines them or no document of the file is illegible any more. So a mistake never takes away what was served, and the
 * price is that an object deleted in the same save as a syntax error goes only when the error does.
 */
export function nextRecord(
  path: string,
  former: FileRecord | undefined,
  documents: readonly PlacedDocument[],
  size: number,
): FileRecord {
  return {
    path,
    size,
    documents,
    kept: former === undefined ? NOTHING_KEPT : keptObjects(former, documents),
    problem: undefined,
  };
}

function keptObjects(former: FileRecord, documents: readonly PlacedDocument[]): ReadonlyMap<string, KeptObject> {
  const refused = documents.flatMap((document) => document.manifest.refused);
  const illegible = documents.filter((document) => document.manifest.isIllegible);
  if (refused.length === 0 && illegible.length === 0) return NOTHING_KEPT;

  const before = new Map<string, ManifestObject>();
  for (const [id, { object }] of former.kept) before.set(id, object);
  for (const object of objectsIn(former.documents)) before.set(object.id, object);
  for (const object of objectsIn(documents)) before.delete(object.id);

  const kept = new Map<string, KeptObject>();
  if (illegible.length > 0) {
    const known = new Set(former.documents.map((document) => document.text));
    const hasAppeared = illegible.some((document) => !known.has(document.text));
    for (const [id, object] of before) {
      if (hasAppeared || former.kept.get(id)?.isLost === true) kept.set(id, { object, isLost: true });
    }
  }
  for (const id of refused) {
    const object = before.get(id);
    if (object !== undefined) kept.set(id, { object, isLost: false });
  }
  return kept;
}

/** The objects of documents, in order. */
export function* objectsIn(documents: readonly PlacedDocument[]): Generator<ManifestObject> {
  for (const document of documents) yield* document.manifest.objects;
}
