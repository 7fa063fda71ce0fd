import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../../../tools/lint/check.ts";

export interface Ended {
  readonly code: number;
  readonly output: string;
  /** What was written to stderr. */
  readonly errors: string;
}

export interface ShellOptions {
  readonly env: NodeJS.ProcessEnv;
  /** What stands in the guide and is something else here, e.g. an address of the internet. */
  readonly replacements: Readonly<Record<string, string>>;
}

/**
 * The shell of a reader of the guide: takes commands as the guide has them, in the project's folder. Variables that a command sets
 * are there for the next one, also without `export`.
 */
export class ReaderShell {
  readonly #options: ShellOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), "guide-"));
  readonly #variables = join(this.#folder, "variables");
  readonly #background: ChildProcess[] = [];

  constructor(options: ShellOptions) {
    this.#options = options;
    writeFileSync(this.#variables, "");
  }

  /** Runs a command, whatever comes of it. */
  run(command: string): Promise<Ended> {
    const script = `set -a\n. ${this.#variables}\n${this.#here(command)}\ncode=$?\nexport -p > ${this.#variables}\nexit $code`;
    const child = this.#spawn(script);
    let output = "";
    let errors = "";
    child.stdout?.setEncoding("utf8").on("data", (text) => (output += text));
    child.stderr?.setEncoding("utf8").on("data", (text) => (errors += text));
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ code: code ?? -1, output, errors }));
    });
  }

  /** What a command writes that must succeed. */
  async output(command: string): Promise<string> {
    const { code, output, errors } = await this.run(command);
    if (code !== 0) throw new Error(`${command}: exit code ${code}\n${errors}${output}`);
    return output;
  }

  /** A port-forward of the guide, which ends with `&` there; returns when it listens. {@link stopBackground} ends it. */
  async forward(command: string): Promise<void> {
    const child = this.#spawn(`. ${this.#variables}\nexec ${this.#here(command.replace(/ *&$/, ""))}`);
    this.#background.push(child);
    child.stderr?.setEncoding("utf8").on("data", (text) => process.stderr.write(text));
    if (!child.stdout) throw new Error("no output to read");
    for await (const line of createInterface({ input: child.stdout })) if (line.startsWith("Forwarding from")) return;
    throw new Error(`${command}: ended before it listened`);
  }

  stopBackground(): void {
    for (const child of this.#background.splice(0)) child.kill();
  }

  close(): void {
    this.stopBackground();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #here(command: string): string {
    return Object.entries(this.#options.replacements).reduce((text, [from, to]) => text.replaceAll(from, to), command);
  }

  #spawn(script: string): ChildProcess {
    return spawn("bash", ["-c", script], { cwd: root, env: this.#options.env, stdio: ["ignore", "pipe", "pipe"] });
  }
}
