import { type FSWatcher, readFileSync, watch } from "node:fs";
import { dirname } from "node:path";

/** Files may lie on a file system that tells of no changes. */
const rereadMs = 60_000;
/** Files of one directory are replaced one after the other. */
const settleMs = 50;

/** A text file whose content is known at any time. */
export interface FollowedFile {
  readonly text: string;
  close(): void;
}

/**
 * Follows a file by way of its directory, so that files that are renamed into place, and the links by which a cluster swaps mounted Secrets, are
 * noticed. While the file cannot be read, or `isUsable` says no or throws, the former text stays. Throws when the first reading fails.
 */
export function followFile(
  path: string,
  onChange: () => void,
  isUsable: (text: string) => boolean = () => true,
): FollowedFile {
  let text = readFileSync(path, "utf8");
  let settling: NodeJS.Timeout | undefined;
  const look = (): void => {
    try {
      const now = readFileSync(path, "utf8");
      if (now === text || !isUsable(now)) return;
      text = now;
    } catch {
      return;
    }
    onChange();
  };
  const lookSoon = (): void => {
    clearTimeout(settling);
    settling = setTimeout(look, settleMs).unref();
  };
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(dirname(path), { persistent: false }, lookSoon);
    watcher.on("error", () => watcher?.close());
  } catch {
    // The interval finds it.
  }
  const interval = setInterval(look, rereadMs).unref();
  return {
    get text() {
      return text;
    },
    close() {
      watcher?.close();
      clearInterval(interval);
      clearTimeout(settling);
    },
  };
}
