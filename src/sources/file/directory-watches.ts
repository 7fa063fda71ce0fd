import { type FSWatcher, watch } from "node:fs";
import { sep } from "node:path";
import { describeError, errorCode } from "./reading.ts";

/** What the system tells about a directory. */
export interface DirectoryEvent {
  readonly directory: string;
  /** Entry the event is about; undefined if the system did not say. */
  readonly name: string | undefined;
  /** True if the entry was written to (or its permissions changed); false if it came, went or was replaced. */
  readonly isWrite: boolean;
}

/** One `fs.watch` (inotify) for each of a set of directories. */
export class DirectoryWatches {
  readonly #onEvent: (event: DirectoryEvent) => void;
  readonly #watchers = new Map<string, FSWatcher>();
  /** Directories that could not be watched, with the reason. */
  readonly failures = new Map<string, string>();

  constructor(onEvent: (event: DirectoryEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** Watches these directories and no others. */
  watch(directories: ReadonlySet<string>): void {
    for (const directory of [...this.#watchers.keys()]) if (!directories.has(directory)) this.#close(directory);
    for (const directory of [...this.failures.keys()]) if (!directories.has(directory)) this.failures.delete(directory);
    for (const directory of directories) if (!this.#watchers.has(directory)) this.#open(directory);
  }

  /** Lets go of what is at this path and below; the next {@link watch} opens it again, as it is then. */
  releaseUnder(path: string): void {
    for (const directory of [...this.#watchers.keys()]) {
      if (directory === path || directory.startsWith(path + sep)) this.#close(directory);
    }
  }

  close(): void {
    for (const directory of [...this.#watchers.keys()]) this.#close(directory);
  }

  #open(directory: string): void {
    try {
      const watcher = watch(directory, (type, name) =>
        this.#onEvent({ directory, name: name ?? undefined, isWrite: type === "change" }),
      );
      watcher.on("error", () => {
        this.#close(directory);
        this.#onEvent({ directory, name: undefined, isWrite: false });
      });
      this.#watchers.set(directory, watcher);
      this.failures.delete(directory);
    } catch (error) {
      this.failures.set(directory, describeWatchError(error));
    }
  }

  #close(directory: string): void {
    this.#watchers.get(directory)?.close();
    this.#watchers.delete(directory);
  }
}

function describeWatchError(error: unknown): string {
  if (errorCode(error) === "ENOSPC")
    return "the system's limit of watches is reached (sysctl fs.inotify.max_user_watches)";
  if (errorCode(error) === "EMFILE")
    return "the system's limit of watching processes is reached (sysctl fs.inotify.max_user_instances)";
  return describeError(error);
}
