import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../lint/check.ts";
import { nodeFor, ownPlatform, type Platform } from "./platform.ts";

/** Where Node looks for a program put into its own executable, and the mark that says there is one. */
const resource = "NODE_SEA_BLOB";
const fuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

/**
 * Options that the program always runs with. A semi-space of 16 MB: with the engine's own limit the nursery grows beyond 100 MB while
 * thousands of objects are read; with a small one, what is needed for a moment only is taken for lasting and copied, which costs a load a
 * tenth of its time. No memory reducer: it collects the whole heap again and again while little happens, which with 10,000 routes
 * costs more than all the changes in between; the server collects by itself after bulk changes.
 */
const nodeOptions = ["--max-semi-space-size=16", "--no-memory-reducer", "--disable-warning=ExperimentalWarning"];

/**
 * Writes an executable that holds Node and the script. The script's compiled form is put in as well, which saves compiling at start;
 * it can only be made by the Node that will run it, so not for another platform, and it is never twice the same: `hasCodeCache: false`
 * leaves it out where the same sources must give the same bytes.
 */
export function writeExecutable(
  script: string,
  platform: Platform,
  target: string,
  { hasCodeCache = true }: { readonly hasCodeCache?: boolean } = {},
): void {
  const folder = mkdtempSync(join(tmpdir(), "build-"));
  try {
    const isOwn = `${platform.os}_${platform.arch}` === ownPlatform;
    const blob = writeBlob(script, folder, hasCodeCache && isOwn);
    const draft = join(folder, "program");
    copyFileSync(nodeFor(platform), draft);
    chmodSync(draft, 0o755);
    run(process.execPath, [join(root, "node_modules/.bin/postject"), draft, resource, blob, "--sentinel-fuse", fuse]);
    mkdirSync(dirname(target), { recursive: true });
    // Copied beside the target first: a program that is running keeps its file, and nobody sees half of one.
    copyFileSync(draft, `${target}.new`);
    renameSync(`${target}.new`, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes what is put into Node's executable, into a folder of its own; returns its path. */
export function writeBlob(script: string, folder: string, useCodeCache: boolean): string {
  writeFileSync(join(folder, "main.cjs"), script);
  // Paths are relative to the folder: that of the script becomes part of the executable.
  const settings = {
    main: "main.cjs",
    output: "program.blob",
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    useCodeCache,
    execArgv: nodeOptions,
    execArgvExtension: "env",
  };
  writeFileSync(join(folder, "sea.json"), JSON.stringify(settings));
  run(process.execPath, ["--experimental-sea-config", "sea.json"], folder);
  return join(folder, "program.blob");
}

/** Both tools are talkative when all is well; they are heard when they fail. */
function run(program: string, args: readonly string[], cwd: string = root): void {
  const ended = spawnSync(program, args, { cwd, encoding: "utf8" });
  if (ended.status !== 0)
    throw new Error(`this command failed: ${[program, ...args].join(" ")}\n${ended.stdout}${ended.stderr}`);
}
