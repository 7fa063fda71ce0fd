import { mkdir, open, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { StoredStatus } from "./store.ts";
import type { StatusUpdate, StatusWriter } from "./writer.ts";

export interface JournalOptions {
  readonly path: string;
  /** All statuses as they are now; asked when the file is written as a whole. */
  readonly statuses: () => readonly StoredStatus[];
  /** Told once when the disk begins to refuse, and once when it takes again. */
  readonly onTrouble?: ((error: unknown) => void) | undefined;
  readonly onRecovered?: (() => void) | undefined;
}

/** Above this share of superseded lines the file is written anew. */
const maxLinesPerStatus = 4;
const minLinesBeforeCompaction = 1_000;

/**
 * Statuses in a file of one JSON line for each change, so that a change costs one line however many objects there are, and
 * transition times outlive a restart. The newest line of an object counts. When the disk is full or gone, statuses stay in memory
 * and are written as a whole as soon as that works again: nobody waits for this file.
 */
export class StatusJournal implements StatusWriter {
  readonly #options: JournalOptions;
  /** Lines of objects that changed since the last write, the newest of each. */
  readonly #waiting = new Map<string, string>();
  #lines = 0;
  #statusCount = 0;
  #isWhole = false;
  #isTroubled = false;
  #writing: Promise<void> | undefined;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  write({ kind, key, uid, status }: StatusUpdate): void {
    const id = `${kind}/${key}`;
    this.#waiting.set(id, JSON.stringify({ kind, key, uid, status: status ?? null }));
    this.#writing ??= this.#writeWaiting();
  }

  async flush(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  async #writeWaiting(): Promise<void> {
    // What one commit hands over, and what comes while the file is being written, goes out together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.size > 0) {
      const lines = [...this.#waiting.values()];
      this.#waiting.clear();
      try {
        if (this.#needsCompaction(lines.length)) await this.#writeWhole();
        else await this.#append(lines);
        if (this.#isTroubled) this.#options.onRecovered?.();
        this.#isTroubled = false;
      } catch (error) {
        this.#isWhole = false;
        if (!this.#isTroubled) this.#options.onTrouble?.(error);
        this.#isTroubled = true;
      }
    }
    this.#writing = undefined;
  }

  /** The first write of a run replaces the file of the run before; after trouble the file is not to be trusted. */
  #needsCompaction(more: number): boolean {
    return (
      !this.#isWhole || this.#lines + more > Math.max(minLinesBeforeCompaction, maxLinesPerStatus * this.#statusCount)
    );
  }

  async #append(lines: readonly string[]): Promise<void> {
    const file = await open(this.#options.path, "a", 0o600);
    try {
      await file.appendFile(`${lines.join("\n")}\n`);
    } finally {
      await file.close();
    }
    this.#lines += lines.length;
  }

  async #writeWhole(): Promise<void> {
    const { path } = this.#options;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const lines = this.#options.statuses().map((stored) => `${JSON.stringify(stored)}\n`);
    await writeFile(`${path}.new`, lines.join(""), { mode: 0o600 });
    await rename(`${path}.new`, path);
    this.#lines = lines.length;
    this.#statusCount = lines.length;
    this.#isWhole = true;
  }
}

/** Reads the statuses an earlier run left. A missing file gives none; a line cut off by a crash is left out. */
export async function readJournal(path: string): Promise<readonly StoredStatus[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  const statuses = new Map<string, StoredStatus>();
  for (const line of text.split("\n")) {
    const entry = parseLine(line);
    if (!entry) continue;
    const id = `${entry.kind}/${entry.key}`;
    if (entry.status) statuses.set(id, entry as StoredStatus);
    else statuses.delete(id);
  }
  return [...statuses.values()];
}

function parseLine(
  line: string,
): (Omit<StoredStatus, "status"> & { readonly status: StoredStatus["status"] | null }) | undefined {
  if (line === "") return undefined;
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null) return undefined;
    const { kind, key, status } = value as Record<string, unknown>;
    return typeof kind === "string" && typeof key === "string" && typeof status === "object"
      ? (value as StoredStatus)
      : undefined;
  } catch {
    return undefined;
  }
}
