import { isUtf8 } from "node:buffer";
import { readFileSync, statSync } from "node:fs";

/** What a look at a file gave. */
export type Reading =
  | { readonly status: "read"; readonly text: string; readonly size: number }
  | { readonly status: "absent" }
  | { readonly status: "unreadable"; readonly reason: string };

/**
 * Reads a file at once. Synchronously, for a small local file is read in less time than it takes to hand it to the thread pool and
 * back (10,000 files: 0.16 s against 1.2 s); whoever reads many gives the event loop a turn in between.
 *
 * @param isPlainFile the directory listing said so. Otherwise that is found out first: reading a pipe would block for ever.
 */
export function readManifestFile(path: string, isPlainFile: boolean): Reading {
  try {
    if (!isPlainFile) {
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats === undefined || stats.isDirectory()) return { status: "absent" };
      if (!stats.isFile()) return { status: "unreadable", reason: "it is no regular file" };
    }
    const bytes = readFileSync(path);
    if (!isUtf8(bytes)) return { status: "unreadable", reason: "it is not text in UTF-8" };
    const text = bytes.toString("utf8");
    return { status: "read", text: text.startsWith("\uFEFF") ? text.slice(1) : text, size: bytes.length };
  } catch (error) {
    return failedReading(error);
  }
}

function failedReading(error: unknown): Reading {
  const code = errorCode(error);
  if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return { status: "absent" };
  return { status: "unreadable", reason: describeError(error) };
}

/** The system's error code, e.g. `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** What happened, in words for the person who runs the gateway. */
export function describeError(error: unknown): string {
  switch (errorCode(error)) {
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "ELOOP":
      return "its symbolic links go round in a circle";
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
