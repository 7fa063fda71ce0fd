/** What a check of the repository is, and the files that checks look at. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The project's top folder; checks work in it, and paths are given relative to it. */
export const root: string = join(import.meta.dirname, "../..");

/** One thing that is wrong. A finding of a whole program has no place of its own: its message is that program's output. */
export interface Finding {
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  readonly message: string;
}

export interface Check {
  /** A few words: what is checked. */
  readonly title: string;
  /** Everything that is wrong; nothing when all is well. */
  readonly run: () => Promise<readonly Finding[]>;
}

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** Files that hold no text, and files that only programs write. */
const notText = /\.(png|ico|gz|wasm|binpb)$|^package-lock\.json$/;

/** All text files of the repository, committed or about to be, whose path matches. */
export function textFiles(pattern: RegExp): TextFile[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return listed
    .split("\0")
    .filter((path) => path !== "" && pattern.test(path) && !notText.test(path) && existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** Environment of the pinned tools: scripts among them look for `node` on PATH and must find the pinned one. */
export const toolEnvironment: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: [join(root, "node_modules/.bin"), process.env["PATH"] ?? ""].join(delimiter),
};

/** Runs a program of the pinned tools; its output is one finding when it fails. */
export function programFindings(program: string, args: readonly string[]): Promise<Finding[]> {
  return new Promise((resolve) => {
    const child = spawn(join(root, program), args, {
      cwd: root,
      env: toolEnvironment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
    child.on("error", (error) => resolve([{ message: `${program} cannot be run: ${error.message}` }]));
    child.on("close", (code) => resolve(code === 0 ? [] : [{ message: Buffer.concat(output).toString().trimEnd() }]));
  });
}
