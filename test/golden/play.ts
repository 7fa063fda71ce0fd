/** Golden stories: manifests, a line, and what comes of them. */
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { dump, load } from "js-yaml";
import { registry } from "../../src/features/kinds.ts";
import { admit } from "../../src/schema/admit.ts";
import { type ReadManifests, readManifests } from "../../src/sources/file/read-manifests.ts";

/** Line between the manifests of a story and what is expected of them. */
const separator = "# --- expected ---\n";

/** A story's manifests, read and not. */
export interface Story {
  /** Those of `_defaults.yaml` beside the story. */
  readonly defaults: string;
  readonly manifests: string;
  readonly name: string;
}

/**
 * Works out what comes of a story and reads what it says. With `UPDATE_GOLDEN` set it is made to say what comes of it, first.
 */
export async function play<T>(
  file: string,
  outcomeOf: (story: Story) => Promise<T>,
): Promise<{ readonly expected: unknown; readonly found: T }> {
  const manifests = manifestsOf(file);
  const defaults = readFileSync(join(dirname(file), "_defaults.yaml"), "utf8");
  const found = await outcomeOf({ defaults, manifests, name: basename(file) });
  if (process.env["UPDATE_GOLDEN"]) {
    const text = dump(found, { lineWidth: 140, noRefs: true });
    writeFileSync(file, `${manifests}${separator}${text}`);
  }
  return { expected: load(readFileSync(file, "utf8").split(separator)[1] ?? ""), found };
}

/** The manifests of a story's file. */
export function manifestsOf(file: string): string {
  return readFileSync(file, "utf8").split(separator)[0] ?? "";
}

/** Reads manifests as a file source does; objects that name no namespace are in `default`. */
export function readStory(yaml: string): Promise<ReadManifests> {
  return readManifests({ paths: ["-"], stdin: yaml, registry, admit, defaultNamespace: "default" });
}
