import {
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  unlink,
} from "node:fs/promises";
import { basename, join } from "node:path";

/**
 * Directories whose files change together.
 *
 * The visible files are links through `..data`, which is itself a link to a directory holding one version, as Kubernetes mounts
 * Secrets. Swapping that one link replaces all files in the same instant, so no reader sees a new certificate beside the old key,
 * and the rename is what Envoy's `watched_directory` waits for. Plain files that others put there are read as well.
 */

const currentLink = "..data";

/**
 * Replaces files of `directory` (mode 0700) at once; they get mode 0600. Files of the former version that are not in `files` stay.
 * Throws what the file system throws; the former version is then still in place.
 */
export async function writeFilesTogether(
  directory: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const former = await readlink(join(directory, currentLink)).catch(() => undefined);
  const all = { ...(await readVersion(directory, former)), ...files };
  const version = await mkdtemp(join(directory, "..version-"));
  try {
    for (const [name, content] of Object.entries(all)) await writeDurably(join(version, name), content);
    await linkTo(basename(version), join(directory, currentLink));
  } catch (error) {
    await rm(version, { recursive: true, force: true });
    throw error;
  }
  for (const name of Object.keys(files)) {
    const target = join(currentLink, name);
    const path = join(directory, name);
    if ((await readlink(path).catch(() => undefined)) !== target) await linkTo(target, path);
  }
  await removeVersionsBut(directory, basename(version));
}

/**
 * Reads files of one and the same version. A file that does not exist is `undefined`; other errors of the file system are thrown.
 */
export async function readFilesTogether<N extends string>(
  directory: string,
  names: readonly N[],
): Promise<Record<N, Buffer | undefined>> {
  for (let attempt = 0; ; attempt += 1) {
    const before = await readlink(join(directory, currentLink)).catch(() => undefined);
    const entries = await Promise.all(
      names.map(async (name) => [name, await readIfThere(join(directory, name))] as const),
    );
    const after = await readlink(join(directory, currentLink)).catch(() => undefined);
    if (before === after || attempt === 5) return Object.fromEntries(entries) as Record<N, Buffer | undefined>;
  }
}

async function readVersion(directory: string, version: string | undefined): Promise<Record<string, Buffer>> {
  if (version === undefined) return {};
  const names = await readdir(join(directory, version)).catch(() => []);
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(directory, version, name))])),
  );
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** A certificate that is gone after a power cut would cut every Envoy off, hence the fsync. */
async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes `path` a link to `target` in one step, whatever was there. */
async function linkTo(target: string, path: string): Promise<void> {
  const temporary = `${path}.new`;
  await unlink(temporary).catch(() => undefined);
  await symlink(target, temporary);
  await rename(temporary, path);
}

async function removeVersionsBut(directory: string, kept: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith("..version-") || name === kept) continue;
    const path = join(directory, name);
    if ((await lstat(path)).isDirectory()) await rm(path, { recursive: true, force: true });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
