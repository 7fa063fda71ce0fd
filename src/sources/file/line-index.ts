import type { Origin } from "../source.ts";
import type { FileRecord } from "./file-record.ts";
import type { ManifestObject } from "./manifest.ts";

/** One place that defines an object. */
export interface Definition {
  /** The file, as it is shown to people. */
  readonly path: string;
  readonly object: ManifestObject;
  /** Last good: its document is broken now. */
  readonly isKept: boolean;
}

/** A definition and where it stands. */
export interface PlacedDefinition {
  readonly definition: Definition;
  readonly origin: Origin;
}

/** Look-ups in a file before its lines are put into an index. */
const FEW = 4;

/** Lines of objects. They are not kept with the objects because a line added on top of a file moves all below. */
export class LineIndex {
  readonly #records: ReadonlyMap<string, FileRecord>;
  readonly #asked = new Map<string, number>();
  readonly #indexes = new Map<string, ReadonlyMap<ManifestObject, readonly number[]>>();

  constructor(records: ReadonlyMap<string, FileRecord>) {
    this.#records = records;
  }

  origin({ path, object }: Definition): Origin {
    return { file: path, line: this.#line(path, object) ?? 1 };
  }

  /** Definitions with their places. The same text written twice is one object in two places. */
  places(definitions: readonly Definition[]): PlacedDefinition[] {
    return definitions.map((definition, index) => {
      const { path, object } = definition;
      const before = definitions
        .slice(0, index)
        .filter((other) => other.object === object && other.path === path).length;
      return { definition, origin: { file: path, line: this.#index(path).get(object)?.[before] ?? 1 } };
    });
  }

  #line(path: string, object: ManifestObject): number | undefined {
    const asked = (this.#asked.get(path) ?? 0) + 1;
    this.#asked.set(path, asked);
    if (asked > FEW) return this.#index(path).get(object)?.[0];
    const document = this.#records.get(path)?.documents.find(({ manifest }) => manifest.objects.includes(object));
    return document && document.line + object.lineOffset;
  }

  #index(path: string): ReadonlyMap<ManifestObject, readonly number[]> {
    const known = this.#indexes.get(path);
    if (known !== undefined) return known;
    const index = new Map<ManifestObject, number[]>();
    for (const { manifest, line } of this.#records.get(path)?.documents ?? []) {
      for (const object of manifest.objects) {
        const lines = index.get(object);
        if (lines === undefined) index.set(object, [line + object.lineOffset]);
        else lines.push(line + object.lineOffset);
      }
    }
    this.#indexes.set(path, index);
    return index;
  }
}
