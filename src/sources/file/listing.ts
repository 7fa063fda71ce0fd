import { lstatSync, readdirSync, readlinkSync, type Stats, statSync } from "node:fs";
import { dirname, join, parse, resolve, sep } from "node:path";

/** A directory entry on the way to a path. When it is replaced, the path leads elsewhere. */
export interface Step {
  /** A real directory: no part of it is a link. */
  readonly directory: string;
  readonly name: string;
}

/** Where a path leads, link by link. */
export interface Trail {
  readonly steps: readonly Step[];
  /** The real path; undefined if nothing is there, or if a component cannot be looked at. */
  readonly target: string | undefined;
  readonly stats: Stats | undefined;
}

/** Links followed before a path counts as leading nowhere (the limit Linux has, too). */
const MAX_LINKS = 40;

/** Follows a path component by component and writes down every directory entry it depends on. */
export function trace(path: string): Trail {
  const absolute = resolve(path);
  const steps: Step[] = [];
  let links = 0;
  let current = parse(absolute).root;
  const rest = components(absolute);
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === "..") {
      current = dirname(current);
      continue;
    }
    steps.push({ directory: current, name });
    const next = join(current, name);
    const link = linkTarget(next);
    if (link === "missing") return { steps, target: undefined, stats: undefined };
    if (link === undefined) {
      current = next;
      continue;
    }
    if (++links > MAX_LINKS) return { steps, target: undefined, stats: undefined };
    if (link.startsWith(sep)) current = parse(link).root;
    rest.unshift(...components(link));
  }
  return { steps, target: current, stats: statSync(current, { throwIfNoEntry: false }) };
}

/** Whether an entry of a directory is read: YAML or JSON by its ending, neither hidden nor an editor's backup. */
export function isManifestName(name: string): boolean {
  return /\.(ya?ml|json)$/i.test(name) && !name.startsWith(".");
}

/** An entry of a directory that is read. */
export interface ListedFile {
  readonly name: string;
  readonly isLink: boolean;
}

/** The manifests in a directory by name; sub-directories are not descended into. Throws what `readdir` throws. */
export function listManifests(directory: string): ListedFile[] {
  const files: ListedFile[] = [];
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (isManifestName(entry.name) && (entry.isFile() || entry.isSymbolicLink()))
      files.push({ name: entry.name, isLink: entry.isSymbolicLink() });
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function components(path: string): string[] {
  return path.split(sep).filter((name) => name !== "" && name !== ".");
}

function linkTarget(path: string): string | undefined | "missing" {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    return "missing";
  }
}
