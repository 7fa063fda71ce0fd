/** Images that every cluster has, made from the programs that were built. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { architecture } from "../image/architecture.ts";
import { nonRoot } from "../image/linked-program.ts";
import { type Image, writeOciArchive } from "../image/oci-archive.ts";
import { folderOf, programOf } from "./build/build.ts";
import { parts } from "./build/parts.ts";
import { corednsImage, echoImages, pauseImage, yagesImage } from "./image-names.ts";
import { imagesFolder } from "./paths.ts";

/** Images of one program that is linked to nothing, with the part it comes from. */
const images: readonly { part: string; program: string; names: readonly string[]; user?: number }[] = [
  { part: "pause", program: "pause", names: [pauseImage], user: nonRoot },
  // As root: it listens on port 53.
  { part: "coredns", program: "coredns", names: [corednsImage] },
  { part: "echo", program: "echo-basic", names: echoImages, user: nonRoot },
  { part: "yages", program: "yages", names: [yagesImage], user: nonRoot },
];

/** Writes the archives that are not there yet. A file's name has the key of what it is made from. */
export function writeNodeImages(): void {
  mkdirSync(imagesFolder, { recursive: true });
  const current = images.map((image) => ({ image, file: fileOf(image) }));
  const wanted = new Set(current.map(({ file }) => basename(file)));
  for (const name of readdirSync(imagesFolder)) if (!wanted.has(name)) rmSync(join(imagesFolder, name));
  for (const { image, file } of current) if (!existsSync(file)) writeOciArchive(contentOf(image), file);
}

function fileOf({ part, names }: (typeof images)[number]): string {
  const list = Buffer.from(names.join()).reduce((sum, byte) => (sum * 31 + byte) >>> 0, 0);
  return join(imagesFolder, `${basename(folderOf(partOf(part)))}-${list.toString(16)}.tar`);
}

function contentOf({ part, program, names, user }: (typeof images)[number]): Image {
  const content = readFileSync(programOf(partOf(part), program));
  return {
    names,
    architecture,
    entrypoint: [`/${program}`],
    ...(user !== undefined && { user }),
    files: new Map([
      [program, { kind: "file", content, mode: 0o755 }],
      ["tmp", { kind: "folder", mode: 0o1777 }],
    ]),
  };
}

function partOf(name: string): (typeof parts)[number] {
  const part = parts.find((part) => part.name === name);
  if (!part) throw new Error(`there is no part ${name}`);
  return part;
}
