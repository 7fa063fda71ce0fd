import { statSync } from "node:fs";

/** How long files must rest. */
export interface SettlingOptions {
  /** Milliseconds without a write after which a file counts as written to its end. */
  readonly restMs: number;
  /** The same for a file that is smaller than it was, or gone: most probably that is the first half of replacing its content. */
  readonly longRestMs: number;
}

interface Waiting {
  signature: string;
  /** Bytes at the last look. */
  size: number;
  /** Size when the file was last read; 0 if it never was. */
  readonly formerSize: number;
  changedAt: number;
  timer: NodeJS.Timeout;
}

/**
 * Files that are being written in place. The system tells of each write but not of the last, so a file counts as complete when
 * its size and time of change have rested for a while.
 */
export class Settling {
  readonly #options: SettlingOptions;
  readonly #onRested: (path: string) => void;
  readonly #waiting = new Map<string, Waiting>();

  constructor(options: SettlingOptions, onRested: (path: string) => void) {
    this.#options = options;
    this.#onRested = onRested;
  }

  has(path: string): boolean {
    return this.#waiting.has(path);
  }

  /** The file was just written to. */
  wait(path: string, formerSize: number): void {
    const { signature, size } = look(path);
    const waiting = this.#waiting.get(path);
    if (waiting !== undefined) {
      waiting.signature = signature;
      waiting.size = size;
      waiting.changedAt = performance.now();
      return;
    }
    const timer = setTimeout(() => this.#check(path), this.#options.restMs);
    this.#waiting.set(path, { signature, size, formerSize, changedAt: performance.now(), timer });
  }

  /** The file was replaced in one step: there is nothing left to wait for. */
  forget(path: string): void {
    clearTimeout(this.#waiting.get(path)?.timer);
    this.#waiting.delete(path);
  }

  clear(): void {
    for (const path of [...this.#waiting.keys()]) this.forget(path);
  }

  #check(path: string): void {
    const waiting = this.#waiting.get(path);
    if (waiting === undefined) return;
    const { signature, size } = look(path);
    const now = performance.now();
    if (signature !== waiting.signature) {
      waiting.signature = signature;
      waiting.size = size;
      waiting.changedAt = now;
    }
    const { restMs, longRestMs } = this.#options;
    const left = waiting.changedAt + (size < waiting.formerSize || size <= 0 ? longRestMs : restMs) - now;
    if (left > 0) {
      waiting.timer = setTimeout(() => this.#check(path), Math.ceil(left));
      return;
    }
    this.#waiting.delete(path);
    this.#onRested(path);
  }
}

function look(path: string): { signature: string; size: number } {
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return { signature: `${ino} ${size} ${mtimeMs}`, size };
  } catch {
    return { signature: "absent", size: -1 };
  }
}
