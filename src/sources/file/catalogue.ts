import { compareText, type KubeObject, type ObjectKey } from "../../api/object.ts";
import type { ObjectChange, Origin, SourceProblem } from "../source.ts";
import { collectProblems } from "./collect-problems.ts";
import { type FileRecord, objectsIn } from "./file-record.ts";
import { type Definition, LineIndex } from "./line-index.ts";
import { Lives } from "./lives.ts";
import { objectId, type PlacedDocument } from "./manifest.ts";

/** What is handed on for an id. */
interface Current {
  readonly definition: Definition;
  /** With `uid` and `generation`. */
  readonly object: KubeObject;
}

/**
 * All files' documents, and the objects that follow from them.
 *
 * An object defined in several places is taken from the first of them: definitions that are valid now come before those
 * kept from earlier; then the order is that of the files' paths (by code unit), then that within the file. So the outcome depends on what
 * the files say and not on the order they were read in. When the first goes, the next takes over, as a change of the same object.
 */
export class Catalogue {
  readonly #records = new Map<string, FileRecord>();
  /** Paths of files with something wrong in them. */
  readonly #troubled = new Set<string>();
  /** Nearly always one for each id. */
  readonly #definitions = new Map<string, Definition[]>();
  readonly #contested = new Set<string>();
  readonly #current = new Map<string, Current>();
  readonly #lives = new Lives();

  record(path: string): FileRecord | undefined {
    return this.#records.get(path);
  }

  /** Takes the files' new records (undefined: the file is gone) and says which objects change. */
  update(records: ReadonlyMap<string, FileRecord | undefined>): ObjectChange[] {
    const touched = new Set<string>();
    for (const [path, record] of records) this.#replace(path, record, touched);
    const changes: ObjectChange[] = [];
    const lines = new LineIndex(this.#records);
    for (const id of [...touched].sort(compareText)) {
      const change = this.#settle(id, lines);
      if (change !== undefined) changes.push(change);
    }
    return changes;
  }

  /** Where the definition that counts stands; undefined if there is no such object. */
  origin(kind: string, key: ObjectKey): Origin | undefined {
    const current = this.#current.get(objectId(kind, key));
    return current && new LineIndex(this.#records).origin(current.definition);
  }

  /** Everything that is wrong in any file, by file and line. */
  problems(): SourceProblem[] {
    const lines = new LineIndex(this.#records);
    const contested = [...this.#contested].map((id) =>
      lines.places(this.#inOrder(id, lines).filter((definition) => !definition.isKept)),
    );
    const troubled = [...this.#troubled].flatMap((path) => this.#records.get(path) ?? []);
    return collectProblems(troubled, contested);
  }

  /** The objects as they are handed on, with their places. */
  *objects(): Generator<ObjectChange> {
    const lines = new LineIndex(this.#records);
    for (const { definition, object } of this.#current.values()) {
      yield { kind: definition.object.kind, key: definition.object.key, object, origin: lines.origin(definition) };
    }
  }

  #replace(path: string, record: FileRecord | undefined, touched: Set<string>): void {
    const former = this.#records.get(path);
    if (record === undefined) this.#records.delete(path);
    else this.#records.set(path, record);
    if (record !== undefined && isTroubled(record)) this.#troubled.add(path);
    else this.#troubled.delete(path);
    const { start, end } = commonEnds(former?.documents ?? [], record?.documents ?? []);
    for (const definition of definitionsIn(former, start, end)) this.#remove(definition, touched);
    for (const definition of definitionsIn(record, start, end)) this.#add(definition, touched);
  }

  #add(definition: Definition, touched: Set<string>): void {
    const { id } = definition.object;
    touched.add(id);
    const others = this.#definitions.get(id);
    if (others === undefined) this.#definitions.set(id, [definition]);
    else others.push(definition);
  }

  #remove(definition: Definition, touched: Set<string>): void {
    const { id } = definition.object;
    touched.add(id);
    const all = this.#definitions.get(id) ?? [];
    const index = all.findIndex(
      ({ path, object, isKept }) =>
        object === definition.object && isKept === definition.isKept && path === definition.path,
    );
    if (index >= 0) all.splice(index, 1);
    if (all.length === 0) this.#definitions.delete(id);
  }

  #settle(id: string, lines: LineIndex): ObjectChange | undefined {
    const inOrder = this.#inOrder(id, lines);
    const first = inOrder[0];
    if (inOrder.filter((definition) => !definition.isKept).length > 1) this.#contested.add(id);
    else this.#contested.delete(id);
    const former = this.#current.get(id);
    if (first === undefined) {
      if (former === undefined) return undefined;
      this.#current.delete(id);
      this.#lives.end(id);
      const { kind, key } = former.definition.object;
      return { kind, key, object: undefined };
    }
    const object = this.#version(id, first, former);
    this.#current.set(id, { definition: first, object });
    if (object === former?.object) return undefined;
    return { kind: first.object.kind, key: first.object.key, object, origin: lines.origin(first) };
  }

  #version(id: string, definition: Definition, former: Current | undefined): KubeObject {
    if (former === undefined) return this.#lives.begin(id, definition.object.object);
    if (former.definition.object === definition.object) return former.object;
    return this.#lives.next(former.object, definition.object.object);
  }

  #inOrder(id: string, lines: LineIndex): readonly Definition[] {
    const definitions = this.#definitions.get(id) ?? [];
    if (definitions.length < 2) return definitions;
    const line = (definition: Definition): number => lines.origin(definition).line;
    return definitions.sort(
      (a, b) => Number(a.isKept) - Number(b.isKept) || compareText(a.path, b.path) || line(a) - line(b),
    );
  }
}

function isTroubled(record: FileRecord): boolean {
  return record.problem !== undefined || record.documents.some((document) => document.manifest.problems.length > 0);
}

/** How many documents at the start and at the end are in both. */
function commonEnds(
  before: readonly PlacedDocument[],
  after: readonly PlacedDocument[],
): { start: number; end: number } {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start]?.manifest === after[start]?.manifest) start++;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end)?.manifest === after.at(-1 - end)?.manifest) end++;
  return { start, end };
}

/** What a record defines, but for the first `start` and the last `end` documents. */
function* definitionsIn(record: FileRecord | undefined, start: number, end: number): Generator<Definition> {
  if (record === undefined) return;
  const { path, documents, kept } = record;
  for (const object of objectsIn(documents.slice(start, documents.length - end))) yield { path, object, isKept: false };
  for (const { object } of kept.values()) yield { path, object, isKept: true };
}
