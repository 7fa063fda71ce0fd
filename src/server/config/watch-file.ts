import { readFileSync, watch } from "node:fs";
import { dirname } from "node:path";

/** Time in which writes of one editor's save come together. */
const settleMs = 50;

/**
 * Calls `onChange` when a file's content is another than before, however it was written: in place, by renaming over it, or by
 * swapping a link, as ConfigMap mounts do. Returns a function that ends that.
 *
 * @param onTrouble is told when the directory cannot be watched; changes then go unnoticed
 */
export function watchFile(path: string, onChange: () => void, onTrouble: (error: unknown) => void): () => void {
  let former = contentOf(path);
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const content = contentOf(path);
    // Between removal and replacement, or while it is being written from the start, there is nothing to read.
    if (content === former || content === undefined || content === "") return;
    former = content;
    onChange();
  };
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(look, settleMs);
  };
  try {
    const watcher = watch(dirname(path), { persistent: false }, soon);
    watcher.on("error", onTrouble);
    return () => {
      clearTimeout(timer);
      watcher.close();
    };
  } catch (error) {
    onTrouble(error);
    return () => clearTimeout(timer);
  }
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
