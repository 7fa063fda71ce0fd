import { existsSync, lstatSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { SourceProblem } from "../source.ts";
import { type DirectoryEvent, DirectoryWatches } from "./directory-watches.ts";
import { type Reading, readManifestFile } from "./reading.ts";
import { directoriesOf, examine, hasLostDirectory, type Root } from "./root.ts";
import { Router } from "./router.ts";
import { Settling, type SettlingOptions } from "./settling.ts";
import { type Slices, turn } from "./slices.ts";

/** Settings of a {@link FileWatch}. */
export interface FileWatchOptions extends SettlingOptions {
  readonly paths: readonly string[];
  /** Milliseconds a file that is gone is given to come back before it counts as removed. */
  readonly goneRestMs: number;
  /** Events in one turn of the loop from which on some may have been lost. */
  readonly manyEvents: number;
  /** Bytes a file had when it was last taken; undefined if it was not there. */
  readonly sizeOf: (path: string) => number | undefined;
  /** Called when there is something to {@link FileWatch.take}, once all events of the moment are known. */
  readonly onWork: () => void;
}

interface KnownFile {
  /** Path of the root it belongs to. */
  readonly root: string;
  /** The listing said that it is a regular file. */
  readonly isPlain: boolean;
  readonly isFollowedLink: boolean;
}

/** Rounds of reading before what was read is handed on although more keeps coming. */
const MAX_ROUNDS = 4;

/**
 * Follows files and directories, and gives out files that have changed when their content can be relied on.
 *
 * A file that was moved into place is read at once. Linux tells of creation in the same way, so after reading the loop is turned once more: if
 * the content came from a write, its event has arrived by then, and the file has to rest like any that is written in place. What
 * comes in the same turn is given out together; so the two halves of a rename are one change.
 */
export class FileWatch {
  readonly #options: FileWatchOptions;
  readonly #watches = new DirectoryWatches((event) => this.#onEvent(event));
  readonly #settling: Settling;
  readonly #roots = new Map<string, Root>();
  readonly #files = new Map<string, KnownFile>();
  /** Timers of roots whose directory is gone; what they held stays until then. */
  readonly #held = new Map<string, NodeJS.Timeout>();
  /** Files to read; true if they have rested, so that what is found counts in any case. */
  readonly #marked = new Map<string, boolean>();
  /** Roots to look at; true if it counts that they are missing. */
  readonly #rescans = new Map<string, boolean>();
  /** Entries that are no manifests and came or went since the last look. */
  readonly #bystanders = new Set<string>();
  #router = new Router([]);
  #events = 0;
  #isCautious = false;

  constructor(options: FileWatchOptions) {
    this.#options = options;
    this.#settling = new Settling(options, (path) => {
      this.#marked.set(path, true);
      this.#options.onWork();
    });
    for (const path of distinct(options.paths)) this.#rescans.set(path, true);
  }

  get hasWork(): boolean {
    return this.#marked.size > 0 || this.#rescans.size > 0;
  }

  /** What is wrong with the paths themselves. */
  problems(): SourceProblem[] {
    const problems: SourceProblem[] = [];
    for (const root of this.#roots.values()) {
      if (root.problem !== undefined) problems.push(root.problem);
      const directory = root.kind === "directory" ? root.trail.target : root.trail.steps.at(-1)?.directory;
      const reason = directory === undefined ? undefined : this.#watches.failures.get(directory);
      if (reason === undefined || root.problem?.severity === "error") continue;
      problems.push({
        severity: "error",
        code: "CannotWatch",
        file: root.path,
        message: `changes will not be noticed: ${reason}`,
      });
    }
    return problems;
  }

  /** Reads everything that has changed. */
  async take(slices: Slices): Promise<Map<string, Reading>> {
    const readings = new Map<string, Reading>();
    let isPatient = true;
    for (let round = 0; round < MAX_ROUNDS && this.hasWork; round++) {
      this.#rescan();
      for (const [path, hasRested] of [...this.#marked]) {
        if (slices.isDue) await slices.rest();
        if (!this.#marked.delete(path)) continue; // written to in the meantime, or closed
        const reading = this.#read(path, hasRested);
        if (reading === undefined) this.#wait(path);
        else readings.set(path, reading);
      }
      this.#isCautious = false;
      await turn();
      if (isPatient && this.#lacksFile(readings)) {
        isPatient = false;
        await sleep(this.#options.goneRestMs);
      }
      this.#setAside(readings);
    }
    for (const [path, { status }] of readings) if (status === "absent") this.#files.delete(path);
    this.#bystanders.clear();
    return readings;
  }

  close(): void {
    this.#watches.close();
    this.#settling.clear();
    for (const timer of this.#held.values()) clearTimeout(timer);
    this.#held.clear();
    this.#marked.clear();
    this.#rescans.clear();
  }

  #onEvent(event: DirectoryEvent): void {
    if (this.#events++ === 0) setImmediate(() => this.#endOfTurn());
    const { directory, name, isWrite } = event;
    const { files, roots, isBystander } = this.#router.route(event);
    // Other directories may stand at the same paths now; the old watches would go on looking at those that were moved away.
    if (roots.length > 0 && name !== undefined && !isWrite) this.#watches.releaseUnder(join(directory, name));
    for (const path of roots) this.#reexamine(path);
    for (const { path, root } of files) {
      const isFollowedLink = this.#files.get(path)?.isFollowedLink === true;
      this.#files.set(path, { root, isPlain: false, isFollowedLink });
      if (isWrite) this.#wait(path);
      else {
        this.#settling.forget(path);
        this.#marked.set(path, false);
      }
    }
    if (isBystander && name !== undefined) this.#bystanders.add(join(directory, name));
  }

  #endOfTurn(): void {
    if (this.#events >= this.#options.manyEvents) {
      this.#isCautious = true;
      for (const path of this.#roots.keys()) this.#reexamine(path);
    }
    this.#events = 0;
    if (this.hasWork) this.#options.onWork();
    else this.#bystanders.clear();
  }

  #reexamine(root: string): void {
    this.#rescans.set(root, this.#rescans.get(root) ?? false);
  }

  #wait(path: string): void {
    this.#marked.delete(path);
    this.#settling.wait(path, this.#options.sizeOf(path) ?? 0);
  }

  /** What a file holds; undefined if that cannot be relied on yet. */
  #read(path: string, hasRested: boolean): Reading | undefined {
    const file = this.#files.get(path);
    if (file?.isPlain === false && !file.isFollowedLink && isLink(path)) this.#reexamine(file.root);
    const reading = readManifestFile(path, file?.isPlain === true);
    if (hasRested || reading.status !== "read") return reading;
    if (reading.size === 0 && this.#options.sizeOf(path) !== 0) return undefined;
    return this.#isCautious && wasJustWritten(path, this.#options.restMs) ? undefined : reading;
  }

  /** Whether a file is gone that was there: version control removes a file before it writes the other version of it. */
  #lacksFile(readings: ReadonlyMap<string, Reading>): boolean {
    return [...readings].some(([path, { status }]) => status === "absent" && this.#options.sizeOf(path) !== undefined);
  }

  /** Takes back what turned out not to be reliable in the turn since it was read. */
  #setAside(readings: Map<string, Reading>): void {
    for (const [path, { status }] of [...readings]) {
      if (this.#settling.has(path)) readings.delete(path);
      else if (
        status === "absent" &&
        this.#bystanders.size > 0 &&
        this.#options.sizeOf(path) !== undefined &&
        this.#hasBackup(path)
      ) {
        readings.delete(path);
        this.#wait(path);
      }
    }
  }

  /** Whether another entry appeared in the file's directory when the file went: editors set the old file aside before they write the new one. */
  #hasBackup(path: string): boolean {
    const trail = this.#roots.get(this.#files.get(path)?.root ?? "")?.trail;
    return [...this.#bystanders].some(
      (entry) => (dirname(entry) === trail?.target || dirname(entry) === dirname(resolve(path))) && existsSync(entry),
    );
  }

  #rescan(): void {
    if (this.#rescans.size === 0) return;
    const rescans = [...this.#rescans];
    this.#rescans.clear();
    for (const [path, isFinal] of rescans) this.#examine(path, isFinal);
    this.#router = new Router([...this.#roots.values()]);
    this.#watches.watch(this.#directories());
  }

  #examine(path: string, isFinal: boolean): void {
    const former = this.#roots.get(path);
    const root = examine(path, (directories) => this.#watches.watch(new Set([...this.#directories(), ...directories])));
    this.#roots.set(path, root);
    if (root.kind === "missing" && !isFinal) {
      if (this.#held.has(path)) return;
      if (former !== undefined && hasLostDirectory(former, root)) {
        this.#hold(path);
        return;
      }
    }
    clearTimeout(this.#held.get(path));
    this.#held.delete(path);
    if (root.files === undefined) return;
    const listed = new Set(root.files.map((file) => file.path));
    for (const [file, { root: owner }] of this.#files) {
      if (owner === path && !listed.has(file)) this.#mark(file, isFinal);
    }
    for (const file of root.files) {
      this.#files.set(file.path, { root: path, isPlain: file.isPlain, isFollowedLink: file.steps.length > 0 });
      this.#mark(file.path, former === undefined);
    }
  }

  #hold(path: string): void {
    const timer = setTimeout(() => {
      this.#rescans.set(path, true);
      this.#options.onWork();
    }, this.#options.longRestMs);
    this.#held.set(path, timer);
  }

  #mark(path: string, hasRested: boolean): void {
    if (!this.#settling.has(path)) this.#marked.set(path, hasRested || this.#marked.get(path) === true);
  }

  #directories(): Set<string> {
    const directories = new Set<string>();
    for (const root of this.#roots.values()) for (const directory of directoriesOf(root)) directories.add(directory);
    return directories;
  }
}

/** The paths without those that name the same entry in other words. */
function distinct(paths: readonly string[]): string[] {
  const seen = new Set<string>();
  return paths.filter((path) => !seen.has(resolve(path)) && seen.add(resolve(path)));
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function wasJustWritten(path: string, withinMs: number): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs < withinMs;
}
