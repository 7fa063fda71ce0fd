/** Builds parts with Go. What was built from the same sources before is not built again. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { withLock } from "../../setup/lock.mjs";
import { binFolder, buildLock, goFolder, partsFolder } from "../paths.ts";
import { withStep } from "../progress.ts";
import type { Part } from "./parts.ts";

/** Compiling takes all processors for minutes; whatever else the machine does goes first. */
const niceness = 19;

/** Folder of a part's programs for what it is made from now. It exists when they are built. */
export function folderOf(part: Part): string {
  return join(partsFolder, `${part.name}-${keyOf(part)}`);
}

export function isBuilt(part: Part): boolean {
  return existsSync(folderOf(part));
}

/** Path of a program; its part must be built. */
export function programOf(part: Part, program: string): string {
  return join(folderOf(part), program);
}

/** Builds what is not yet built, one part after the other, and links all programs into {@link binFolder}. */
export async function buildParts(parts: readonly Part[]): Promise<void> {
  if (!parts.every(isBuilt)) await withLock(() => buildDue(parts), { file: buildLock, title: "build" });
  mkdirSync(binFolder, { recursive: true });
  for (const part of parts) linkPrograms(part);
}

async function buildDue(parts: readonly Part[]): Promise<void> {
  const due = parts.filter((part) => !isBuilt(part));
  for (const [i, part] of due.entries()) {
    await withStep(`build ${i + 1} of ${due.length}: ${part.title}`, (say) => build(part, say));
  }
}

/** Words of the key are all that the result depends on, the machine's Go apart: another Go is no reason to build for minutes. */
function keyOf(part: Part): string {
  const hash = createHash("sha256").update(JSON.stringify([part, process.arch]));
  const folder = join(goFolder, part.name);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files)
    hash
      .update(`${file.slice(folder.length)}\0`)
      .update(readFileSync(file))
      .update("\0");
  return hash.digest("hex").slice(0, 12);
}

async function build(part: Part, say: (text: string) => void): Promise<void> {
  const target = folderOf(part);
  const draft = `${target}.${process.pid}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  try {
    for (const [program, name] of Object.entries(part.programs)) {
      await compile(part, name, join(draft, program), say);
      for (const link of part.links?.[program] ?? []) symlinkSync(program, join(draft, link));
    }
    renameSync(draft, target);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function compile(part: Part, name: string, target: string, say: (text: string) => void): Promise<void> {
  const variables = Object.entries(part.variables ?? {}).map(([variable, value]) => `-X ${variable}=${value}`);
  const flags = [
    "-trimpath",
    "-ldflags",
    ["-s -w", ...variables].join(" "),
    ...(part.tags ? ["-tags", part.tags] : []),
  ];
  if (!part.isTest) return go(part, ["build", "-v", ...flags, "-o", target, name], say);
  // Compiling tests, Go does not name the packages; so most of them are compiled before.
  await go(part, ["build", "-v", ...flags, name], say);
  await go(part, ["test", "-c", ...flags, "-o", target, name], say);
}

function go(part: Part, args: readonly string[], say: (text: string) => void): Promise<void> {
  const child = spawn("nice", ["-n", String(niceness), "go", ...args], {
    cwd: join(goFolder, part.name),
    env: {
      ...process.env,
      CGO_ENABLED: "0",
      GOFLAGS: "-mod=readonly",
      GOWORK: "off",
      ...(part.toolchain && { GOTOOLCHAIN: part.toolchain }),
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let compiled = 0;
  const complaints: string[] = [];
  // With -v, Go names each package it compiles; everything else it writes is about downloads and errors.
  createInterface({ input: child.stderr }).on("line", (line) => {
    if (/^[\w./~-]+$/.test(line)) {
      compiled += 1;
      say(`${compiled} packages compiled`);
    } else if (line.startsWith("go: downloading ")) say(`downloading ${line.slice("go: downloading ".length)}`);
    else complaints.push(line);
  });
  return new Promise((resolve, reject) => {
    child.on("error", (error) => reject(new Error(`go cannot be run: ${error.message}`)));
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`go ${args[0]} of ${part.title} failed:\n${complaints.slice(-20).join("\n")}`));
    });
  });
}

function linkPrograms(part: Part): void {
  for (const program of [...Object.keys(part.programs), ...Object.values(part.links ?? {}).flat()]) {
    const link = join(binFolder, program);
    const draft = `${link}.${process.pid}.new`;
    symlinkSync(programOf(part, program), draft);
    renameSync(draft, link);
  }
}
