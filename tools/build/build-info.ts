import { spawnSync } from "node:child_process";
import { root } from "../lint/check.ts";

/** What an executable says about itself; the program's side is src/server/build-info.ts. */
export interface BuildInfo {
  /** Of `git describe`: the last tag, how far behind it lies, `-dirty` with uncommitted changes; without tags the short commit. */
  readonly version: string;
  /** The full commit. */
  readonly commit: string;
}

/** From git; `unknown` outside a repository (a source archive). `VERSION` in the environment names the version of a release. */
export function readBuildInfo(): BuildInfo {
  return {
    version: process.env["VERSION"] ?? git("describe", "--tags", "--always", "--dirty"),
    commit: git("rev-parse", "HEAD"),
  };
}

function git(...args: string[]): string {
  const asked = spawnSync("git", args, { cwd: root, encoding: "utf8" });
  return asked.status === 0 ? asked.stdout.trim() : "unknown";
}
