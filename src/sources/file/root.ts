import { join } from "node:path";
import type { SourceProblem } from "../source.ts";
import { listManifests, type Step, type Trail, trace } from "./listing.ts";
import { describeError } from "./reading.ts";

/** A file that a root stands for. */
export interface RootFile {
  /** As it is shown: the root's path, joined with the name of the entry. */
  readonly path: string;
  /** The listing said that it is a regular file. */
  readonly isPlain: boolean;
  /** Where the link leads, for a link. */
  readonly steps: readonly Step[];
}

/** One of the paths a source was given, as it was found at the last look. */
export interface Root {
  readonly path: string;
  readonly trail: Trail;
  readonly kind: "directory" | "file" | "missing";
  /** Undefined if the directory cannot be listed. */
  readonly files: readonly RootFile[] | undefined;
  readonly problem: SourceProblem | undefined;
}

/**
 * Looks at a path: is it there, file or directory, and which files does it stand for.
 *
 * @param follow is told every directory the path depends on before anything is listed, so that a watch can be set that misses nothing.
 */
export function examine(path: string, follow: (directories: ReadonlySet<string>) => void): Root {
  const trail = traceStable(path, follow);
  if (trail.stats === undefined || trail.target === undefined) {
    return {
      path,
      trail,
      kind: "missing",
      files: [],
      problem: problem("warning", "PathNotFound", path, "there is nothing at this path (yet)"),
    };
  }
  if (!trail.stats.isDirectory()) {
    return {
      path,
      trail,
      kind: "file",
      files: [{ path, isPlain: trail.stats.isFile(), steps: trail.steps }],
      problem: undefined,
    };
  }
  try {
    const files = listManifests(trail.target).map(({ name, isLink }): RootFile => {
      const steps = isLink && trail.target !== undefined ? trace(join(trail.target, name)).steps : [];
      return { path: join(path, name), isPlain: !isLink, steps };
    });
    return { path, trail, kind: "directory", files, problem: undefined };
  } catch (error) {
    const listing = problem("error", "UnreadableDirectory", path, `cannot be listed: ${describeError(error)}`);
    return {
      path,
      trail,
      kind: "directory",
      files: undefined,
      problem: { ...listing, effect: "What its files defined before stays in effect." },
    };
  }
}

/** Directories in which something may happen that concerns the root. */
export function directoriesOf(root: Pick<Root, "trail" | "files">): Set<string> {
  const directories = new Set(root.trail.steps.map((step) => step.directory));
  if (root.trail.target !== undefined && root.trail.stats?.isDirectory()) directories.add(root.trail.target);
  for (const file of root.files ?? []) for (const step of file.steps) directories.add(step.directory);
  return directories;
}

/** Whether, of a root that is missing now, a directory is gone rather than a single file. */
export function hasLostDirectory(former: Root, now: Root): boolean {
  return former.kind === "directory" || (former.kind === "file" && now.trail.steps.length < former.trail.steps.length);
}

/** Looks where the path leads until that has not changed while the watches were being set. */
function traceStable(path: string, follow: (directories: ReadonlySet<string>) => void): Trail {
  let trail = trace(path);
  for (let attempt = 0; attempt < 5; attempt++) {
    follow(directoriesOf({ trail, files: [] }));
    const again = trace(path);
    const isSame =
      again.target === trail.target &&
      again.stats?.ino === trail.stats?.ino &&
      again.steps.length === trail.steps.length;
    trail = again;
    if (isSame) break;
  }
  return trail;
}

function problem(severity: SourceProblem["severity"], code: string, file: string, message: string): SourceProblem {
  return { severity, code, file, message };
}
