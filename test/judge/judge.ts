/** Talks to the judge (main.go): Kubernetes' own validation as a program. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** An error as Kubernetes tells it. */
export interface Problem {
  /** Kubernetes' error type, such as `FieldValueRequired`. */
  readonly type: string;
  readonly path: string;
  readonly detail: string;
}

/** What the judge says of an object (after pruning and defaulting), a CRD or a YAML text. */
export interface Verdict {
  readonly object: unknown;
  readonly errors: readonly Problem[];
}

/** Why the judge cannot be asked here; undefined if it can. */
export function whyNoJudge(): string | undefined {
  return spawnSync("go", ["version"]).status === 0 ? undefined : "Go is not installed";
}

/** A running judge. Requests are answered in order. */
export class Judge {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  /** Builds the program (Go's own cache makes the second time quick) and starts it. */
  constructor() {
    const program = join(import.meta.dirname, "judge");
    execFileSync("go", ["build", "-o", program, "."], { cwd: import.meta.dirname, stdio: "inherit" });
    const child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
    this.#process = child;
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** Makes a kind known and tells what an API server would say of the CRD. */
  learn(crd: unknown): Promise<Verdict> {
    return this.#ask({ crd });
  }

  /** Judges an object of a known kind. */
  judge(kind: string, object: unknown): Promise<Verdict> {
    return this.#ask({ kind, object });
  }

  /** Reads a YAML text as kubectl does. */
  readYAML(yaml: string): Promise<Verdict> {
    return this.#ask({ yaml });
  }

  stop(): void {
    this.#process.stdin?.end();
  }

  async #ask(request: unknown): Promise<Verdict> {
    this.#process.stdin?.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error("the judge has stopped");
    return JSON.parse(value) as Verdict;
  }
}
