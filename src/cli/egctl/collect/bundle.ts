import { gzipSync } from "node:zlib";
import { type Entry, tar } from "../../output/tar.ts";

/** Files of a bundle, and what could not be had for it. */
export class Bundle {
  /** One line each. */
  readonly errors: string[] = [];
  readonly #folder: string;
  readonly #entries = new Map<string, Entry>();
  /** Errors by the first part of the path of what is missing. */
  readonly #missing = new Map<string, { path: string; error: string }[]>();

  /** `folder` is what everything lies in. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  text(path: string, content: string): void {
    this.#entries.set(`${this.#folder}/${path}`, { kind: "file", content: Buffer.from(content) });
  }

  json(path: string, value: unknown): void {
    this.text(path, `${JSON.stringify(value, undefined, 2)}\n`);
  }

  /** Adds a file by `write`; if that fails, the rest is not harmed. */
  async add(path: string, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.errors.push(`${path}: ${reason}`);
      const [part = ""] = path.split("/");
      this.#missing.set(part, [...(this.#missing.get(part) ?? []), { path, error: reason }]);
    }
  }

  /** The archive, gzipped. */
  archive(): Buffer {
    for (const [part, missing] of this.#missing) this.json(`${part}-errors.json`, missing);
    return gzipSync(Buffer.concat(tar(this.#entries)));
  }
}
