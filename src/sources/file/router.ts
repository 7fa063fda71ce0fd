import { join } from "node:path";
import type { DirectoryEvent } from "./directory-watches.ts";
import { isManifestName } from "./listing.ts";
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
  readonly roots: Map<string, Set<string>>;
  /** Root by path of the file. */
  readonly files: Map<string, Map<string, string>>;
  /** Roots that are this directory. */
  readonly listings: Set<string>;
  /** Entries that are links in those roots. */
  readonly links: Set<string>;
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
    const files = new Map(interest.files.get(name));
    for (const root of interest.listings) {
      if (name.startsWith("..")) roots.add(root); // a mounted ConfigMap was replaced: all its links lead elsewhere now
      else if (!isManifestName(name)) continue;
      else if (interest.links.has(name) && !isWrite) roots.add(root);
      else files.set(join(root, name), root);
    }
    const holdsFiles = interest.listings.size > 0 || interest.files.size > 0;
    const isBystander = holdsFiles && !isWrite && files.size === 0 && roots.size === 0;
    return { files: [...files].map(([path, root]) => ({ path, root })), roots: [...roots], isBystander };
  }

  #add(root: Root): void {
    const { steps, target } = root.trail;
    for (const [index, { directory, name }] of steps.entries()) {
      const interest = this.#interest(directory);
      if (root.kind === "file" && index === steps.length - 1) addFile(interest, name, root.path, root.path);
      else add(interest.roots, name, root.path);
    }
    if (root.kind !== "directory" || target === undefined) return;
    const listing = this.#interest(target);
    listing.listings.add(root.path);
    for (const file of root.files ?? []) {
      for (const [index, { directory, name }] of file.steps.entries()) {
        if (directory === target) listing.links.add(name);
        else if (index === file.steps.length - 1) addFile(this.#interest(directory), name, file.path, root.path);
        else add(this.#interest(directory).roots, name, root.path);
      }
    }
  }

  #interest(directory: string): Interest {
    let interest = this.#interests.get(directory);
    if (interest === undefined) {
      interest = { roots: new Map(), files: new Map(), listings: new Set(), links: new Set() };
      this.#interests.set(directory, interest);
    }
    return interest;
  }
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, new Set([value]));
  else values.add(value);
}

function addFile(interest: Interest, name: string, path: string, root: string): void {
  const files = interest.files.get(name);
  if (files === undefined) interest.files.set(name, new Map([[path, root]]));
  else files.set(path, root);
}
