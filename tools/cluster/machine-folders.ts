/**
 * Folders of the machine that a node mounts its own over, in its own view of the file system only. They must be there to be mounted
 * over; those that were not are remembered, and go with the last cluster.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { machineFoldersFile } from "./paths.ts";

export function makeMachineFolder(folder: string): void {
  const topmost = mkdirSync(folder, { recursive: true });
  if (topmost === undefined) return;
  for (let made = folder; made.length >= topmost.length; made = dirname(made)) {
    appendFileSync(machineFoldersFile, `${made}\n`);
  }
}

/** To be called when no node runs: a folder that a node has mounted over can be removed, which would end its mount. */
export function removeMachineFolders(): void {
  if (!existsSync(machineFoldersFile)) return;
  for (const folder of readFileSync(machineFoldersFile, "utf8").split("\n")) {
    if (folder === "") continue;
    try {
      rmdirSync(folder);
    } catch {
      // Somebody else's things are in it, or it is gone.
    }
  }
  rmSync(machineFoldersFile);
}
