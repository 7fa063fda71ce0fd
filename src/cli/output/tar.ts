/** Tar archives that depend on nothing but what is put in: no times, no owners, entries in the order of their paths. */

/** Something at a path of an archive. Paths are relative and have no leading or trailing slash. */
export type Entry =
  | { readonly kind: "file"; readonly content: Uint8Array; readonly mode?: number }
  | { readonly kind: "folder"; readonly mode?: number }
  | { readonly kind: "link"; readonly target: string };

const blockSize = 512;
const types = { file: "0", link: "2", folder: "5" } as const;

/**
 * The archive (POSIX ustar) of the entries, in pieces to be written one after the other. Folders above an entry are added
 * (mode 0755) where they are not given. Everything belongs to root; files have mode 0644 unless another is given.
 */
export function tar(entries: ReadonlyMap<string, Entry>): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const all = withFolders(entries);
  for (const path of [...all.keys()].sort()) {
    const entry = all.get(path);
    if (!entry) continue;
    pieces.push(header(path, entry));
    if (entry.kind !== "file") continue;
    pieces.push(entry.content, new Uint8Array(-entry.content.length & (blockSize - 1)));
  }
  pieces.push(new Uint8Array(2 * blockSize));
  return pieces;
}

function withFolders(entries: ReadonlyMap<string, Entry>): Map<string, Entry> {
  const all = new Map(entries);
  for (const path of entries.keys()) {
    for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) {
      const folder = path.slice(0, at);
      if (!all.has(folder)) all.set(folder, { kind: "folder" });
    }
  }
  return all;
}

function header(path: string, entry: Entry): Uint8Array {
  const { name, prefix } = splitPath(entry.kind === "folder" ? `${path}/` : path);
  const block = Buffer.alloc(blockSize);
  const text = (value: string, offset: number): void => void block.write(value, offset, "utf8");
  const octal = (value: number, offset: number, length: number): void =>
    text(value.toString(8).padStart(length - 1, "0"), offset);
  text(name, 0);
  octal(modeOf(entry), 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(entry.kind === "file" ? entry.content.length : 0, 124, 12);
  octal(0, 136, 12);
  text(types[entry.kind], 156);
  if (entry.kind === "link") text(entry.target, 157);
  text("ustar\u000000", 257);
  text(prefix, 345);
  // The checksum is that of the block with blanks in its own place.
  block.fill(" ", 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  text(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

function modeOf(entry: Entry): number {
  if (entry.kind === "link") return 0o777;
  return entry.mode ?? (entry.kind === "folder" ? 0o755 : 0o644);
}

/** A header holds 100 bytes of the path's end and 155 of its beginning, parted at a slash. */
function splitPath(path: string): { name: string; prefix: string } {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: "" };
  for (let at = path.indexOf("/"); at > 0; at = path.indexOf("/", at + 1)) {
    const name = path.slice(at + 1);
    const prefix = path.slice(0, at);
    if (name !== "" && Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return { name, prefix };
  }
  throw new Error(`this path is too long for a tar archive: ${path}`);
}
