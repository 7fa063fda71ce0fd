import { join } from "node:path";
import type { DirectoryEvent } from "./directory-watches.ts";
import { isManifestName, type Step } from "./listing.ts";
import type { Root } from "./root.ts";

/** A file by the path that is shown, and the root it belongs to. */
export interface RoutedFile {
  readonly path: string;
  readonly root: string;
}

/** What an event means: which files to read, which roots to look at again. */
export interface Route {
  readonly files: readonly RoutedFile[];
  /** Paths of roots. */
  readonly roots: readonly string[];
  /** An entry that is no manifest came or went; it may be the backup an editor makes before it writes the file anew. */
  readonly isBystander: boolean;
}

/** What a directory's entries mean. */
interface Interest {
  /** Roots to look at when an entry is replaced, because it is on the way to them or to one of their files. */
  readonly roots: Map<string, Set<string>>;
  /** Files that an entry is, behind whatever links: the file's path, and its root. When the entry is replaced, their roots are looked at. */
  readonly files: Map<string, Map<string, string>>;
  /** Roots that are this directory. */
  readonly listings: Set<string>;
}

const NOTHING: Route = { files: [], roots: [], isBystander: false };

/** Tells what happens to whom. Made anew whenever a root has been looked at. */
export class Router {
  readonly #interests = new Map<string, Interest>();
  readonly #roots: readonly string[];

  constructor(roots: readonly Root[]) {
    this.#roots = roots.map((root) => root.path);
    for (const root of roots) this.#add(root);
  }

  route({ directory, name, isWrite }: DirectoryEvent): Route {
    const interest = this.#interests.get(directory);
    if (interest === undefined) return NOTHING;
    if (name === undefined) return { ...NOTHING, roots: this.#roots };
    const roots = new Set(interest.roots.get(name));
    const files = new Map<string, string>();
    for (const [path, root] of interest.files.get(name) ?? []) {
      if (isWrite) files.set(path, root);
      else roots.add(root); // it may be a link now, or another one
    }
    for (const root of interest.listings) {
      if (name.startsWith("..")) roots.add(root); // a mounted ConfigMap was replaced: all its links lead elsewhere now
      if (isManifestName(name)) files.set(join(root, name), root);
    }
    const holdsFiles = interest.listings.size > 0 || interest.files.size > 0;
    const isBystander = holdsFiles && !isWrite && files.size === 0 && roots.size === 0;
    return { files: [...files].map(([path, root]) => ({ path, root })), roots: [...roots], isBystander };
  }

  #add(root: Root): void {
    const { steps, target } = root.trail;
    this.#addSteps(steps, root, root.kind === "file" ? root.path : undefined);
    if (root.kind !== "directory" || target === undefined) return;
    this.#interest(target).listings.add(root.path);
    for (const file of root.files ?? []) this.#addSteps(file.steps, root, file.path);
  }

  /** The way to a root, or to a file of it. */
  #addSteps(steps: readonly Step[], root: Root, file: string | undefined): void {
    for (const [index, { directory, name }] of steps.entries()) {
      const interest = this.#interest(directory);
      if (file === undefined || index < steps.length - 1) entryOf(interest.roots, name, () => new Set()).add(root.path);
      else entryOf(interest.files, name, () => new Map()).set(file, root.path);
    }
  }

  #interest(directory: string): Interest {
    return entryOf(this.#interests, directory, () => ({ roots: new Map(), files: new Map(), listings: new Set() }));
  }
}

/** The entry of a map, made if there is none. */
function entryOf<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
