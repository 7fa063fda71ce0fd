import type { ObjectChange, SourceProblem } from "../source.ts";
import { Catalogue } from "./catalogue.ts";
import { compareProblems } from "./collect-problems.ts";
import { createInterpreter, DEFAULT_NAMESPACE, type InterpretOptions } from "./interpret.ts";
import { loadRecords } from "./load.ts";
import { type Reading, readManifestFile } from "./reading.ts";
import { examine } from "./root.ts";
import { Slices } from "./slices.ts";

/** Settings of {@link readManifests}. */
export interface ReadManifestsOptions extends Pick<InterpretOptions, "registry" | "admit"> {
  /** Files and directories as for a file source; `-` stands for {@link stdin}. */
  readonly paths: readonly string[];
  /** Text that stands for the path `-`. */
  readonly stdin?: string;
  /** Namespace of objects that name none. Default: `envoy-gateway-system`. */
  readonly defaultNamespace?: string;
}

/** What was read. */
export interface ReadManifests {
  /** Each with its `object` and `origin`, ordered by kind and key. */
  readonly objects: readonly ObjectChange[];
  /** Ordered by file and line. A path that does not exist is an error here. */
  readonly problems: readonly SourceProblem[];
}

/** Name under which the standard input appears in problems and origins. */
export const STDIN = "<stdin>";

/** Reads manifests once, the way a file source does at its start. */
export async function readManifests(options: ReadManifestsOptions): Promise<ReadManifests> {
  const { registry, admit, defaultNamespace = DEFAULT_NAMESPACE, stdin = "" } = options;
  const slices = new Slices();
  const catalogue = new Catalogue();
  const readings = new Map<string, Reading>();
  const problems: SourceProblem[] = [];
  for (const path of options.paths) {
    if (path === "-") {
      readings.set(STDIN, { status: "read", text: stdin, size: Buffer.byteLength(stdin) });
      continue;
    }
    const root = examine(path, () => {});
    if (root.problem !== undefined) problems.push(withoutHope(root.problem));
    for (const file of root.files ?? []) {
      if (slices.isDue) await slices.rest();
      readings.set(file.path, readManifestFile(file.path, file.isPlain));
    }
  }
  catalogue.update(
    await loadRecords(readings, catalogue, createInterpreter({ registry, admit, defaultNamespace }), slices),
  );
  return { objects: [...catalogue.objects()], problems: [...problems, ...catalogue.problems()].sort(compareProblems) };
}

/** A file source waits for a path to appear; who reads once does not. */
function withoutHope(problem: SourceProblem): SourceProblem {
  return problem.code === "PathNotFound"
    ? { ...problem, severity: "error", message: "there is nothing at this path" }
    : problem;
}
