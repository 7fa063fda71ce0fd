/** Stamps: small files that hold the key of what a step was last made from. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's top folder. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Key of the given parts: a hash over the contents of files and folders (paths below the project's folder) and over plain words.
 *
 * @param {{ files?: string[], words?: string[] }} parts
 * @returns {string}
 */
export function keyOf({ files = [], words = [] }) {
  const hash = createHash("sha256");
  for (const file of files.flatMap(filesBelow))
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update("\0");
  for (const word of words) hash.update(`${word}\0`);
  return hash.digest("hex");
}

/**
 * @param {string} path
 * @returns {string[]} the file itself, or every file below the folder, sorted
 */
function filesBelow(path) {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  return readdirSync(join(root, path), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => filesBelow(`${path}/${entry.name}`));
}

/**
 * @param {string} stamp path of the stamp below the project's folder
 * @param {string} key
 */
export function hasStamp(stamp, key) {
  try {
    return readFileSync(join(root, stamp), "utf8").trim() === key;
  } catch {
    return false;
  }
}

/**
 * Written when a step is complete. A step removes its stamp first, so that one that was broken off is done again.
 *
 * @param {string} stamp
 * @param {string} key
 */
export function writeStamp(stamp, key) {
  mkdirSync(dirname(join(root, stamp)), { recursive: true });
  writeFileSync(join(root, stamp), `${key}\n`);
}

/** @param {string} stamp */
export function removeStamp(stamp) {
  rmSync(join(root, stamp), { force: true });
}
