import { chmodSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import type { KubeObject } from "../../../api/object.ts";
import type { SourceBatch, SourceProblem } from "../../source.ts";
import { createFileSource, type FileSource, type FileSourceOptions } from "../file-source.ts";
import { judge } from "./widgets.ts";

/** A new directory that is gone after the test. */
export function temporaryDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "sources-")));
  onTestFinished(() => {
    chmodSync(directory, 0o755);
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** A started source, and what it has told so far. */
export interface Watched {
  readonly source: FileSource;
  readonly batches: SourceBatch[];
  /** Objects that are there now, by `Kind namespace/name`. */
  readonly objects: ReadonlyMap<string, KubeObject>;
  problems(): readonly SourceProblem[];
  /** Sizes of the widgets by name, which is what most tests change. */
  sizes(): Record<string, number>;
  /** Sizes a widget has had, in order; undefined stands for its removal. */
  history(name: string): (number | undefined)[];
}

/** Starts a source on paths; it is stopped after the test. */
export async function watchPaths(paths: readonly string[], options: Partial<FileSourceOptions> = {}): Promise<Watched> {
  const source = createFileSource({ ...judge, ...options, paths });
  const batches: SourceBatch[] = [];
  const objects = new Map<string, KubeObject>();
  onTestFinished(() => source.stop());
  await source.start((batch) => {
    batches.push(batch);
    for (const { kind, key, object } of batch.changes) {
      if (object === undefined) objects.delete(`${kind} ${key}`);
      else objects.set(`${kind} ${key}`, object);
    }
  });
  return {
    source,
    batches,
    objects,
    problems: () => batches.findLast((batch) => batch.problems !== undefined)?.problems ?? [],
    sizes: () =>
      Object.fromEntries(
        [...objects.values()]
          .filter(({ kind }) => kind === "Widget")
          .map((object) => [object.metadata.name, sizeOf(object)]),
      ),
    history: (name) =>
      batches.flatMap(({ changes }) =>
        changes
          .filter(({ kind, key }) => kind === "Widget" && key.endsWith(`/${name}`))
          .map(({ object }) => object && sizeOf(object)),
      ),
  };
}

/** Waits until what is expected holds. */
export function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 10_000, interval: 2 });
}

/** Writes a file elsewhere and moves it into place, as careful programs do. */
export function put(path: string, text: string): void {
  const staging = mkdtempSync(join(tmpdir(), "staging-"));
  writeFileSync(join(staging, "new"), text);
  renameSync(join(staging, "new"), path);
  rmSync(staging, { recursive: true });
}

/** Makes a directory that holds these files. */
export function fill(directory: string, files: Readonly<Record<string, string>>): string {
  mkdirSync(directory, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

function sizeOf(object: KubeObject): number {
  return (object.spec as { readonly size: number }).size;
}
