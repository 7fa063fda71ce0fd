/** Reads what the suite writes: Go's test output in the form meant for tools (`-test.v=test2json`). */

export type Result = "passed" | "failed" | "skipped";

/** A test of the suite that has ended. */
export interface FinishedTest {
  /** The suite's short name for it. */
  readonly name: string;
  readonly result: Result;
  /** From when it began to work; the wait of a parallel test for its turn is left out. */
  readonly seconds: number;
  /** Of a failed test: for each innermost part that failed the last lines it wrote. Of a skipped one: the reason. Otherwise nothing. */
  readonly messages: readonly string[];
}

/** Go begins each line of its own with this character. */
const mark = "\x16";

/** Lines kept for each test until it ends: enough to see what went wrong. */
const keptLines = 14;

const words: Readonly<Record<string, Result>> = { PASS: "passed", FAIL: "failed", SKIP: "skipped" };

/** What is known of one test or a part of it. */
interface Running {
  startedMs: number;
  lines: string[];
  /** Messages of parts that failed. */
  failures: string[];
}

export class OutputReader {
  readonly #running = new Map<string, Running>();
  readonly #root: string;
  #current = "";
  /** The suite ends with the whole report, behind which what went wrong would vanish. */
  #isReport = false;

  /** Tests of the suite are the direct parts of the Go test `root`. */
  constructor(root = "TestConformance") {
    this.#root = root;
  }

  /** Names of the tests that are at work or wait for their turn. */
  get unfinished(): string[] {
    return [...this.#running.keys()].flatMap((name) => this.#suiteTest(name) ?? []);
  }

  /** What the suite said last outside of tests: of the set-up, or of why it stopped. */
  get words(): readonly string[] {
    return this.#running.get(this.#root)?.lines ?? [];
  }

  /** Takes a line, without its end, and the time at which it came. Returns the test that ended with it. */
  read(line: string, atMs: number): FinishedTest | undefined {
    const at = line.indexOf(mark);
    const text = at < 0 ? line : line.slice(0, at);
    if (text !== "") this.#keep(text);
    return at < 0 ? undefined : this.#event(line.slice(at + 1), atMs);
  }

  #event(text: string, atMs: number): FinishedTest | undefined {
    const begun = /^=== (RUN|CONT|PAUSE|NAME) +(\S*)/.exec(text);
    if (begun) {
      const [, verb, name = ""] = begun;
      this.#current = name;
      if (verb === "RUN") this.#running.set(name, { startedMs: atMs, lines: [], failures: [] });
      const running = this.#running.get(name);
      if (verb === "CONT" && running) running.startedMs = atMs;
      return undefined;
    }
    const ended = /^--- (PASS|FAIL|SKIP): (\S+)/.exec(text);
    return ended ? this.#end(ended[2] ?? "", words[ended[1] ?? ""] ?? "failed", atMs) : undefined;
  }

  #end(name: string, result: Result, atMs: number): FinishedTest | undefined {
    const running = this.#running.get(name);
    // What was said outside of tests is wanted at the end, too.
    if (!running || name === this.#root) return undefined;
    this.#running.delete(name);
    const messages = messagesOf(name.slice(this.#root.length + 1), result, running);
    const suiteTest = this.#suiteTest(name);
    if (suiteTest !== undefined)
      return { name: suiteTest, result, seconds: (atMs - running.startedMs) / 1000, messages };
    const parent = this.#running.get(name.slice(0, name.lastIndexOf("/")));
    if (result === "failed") parent?.failures.push(...messages);
    return undefined;
  }

  #keep(text: string): void {
    if (this.#current === this.#root && /Conformance report:$/.test(text)) this.#isReport = true;
    if (this.#isReport) return;
    const lines = this.#running.get(this.#current)?.lines;
    lines?.push(text.replace(/^ {4}/, ""));
    if (lines && lines.length > keptLines) lines.shift();
  }

  /** The short name, where a whole test of the suite is meant and not a part of one. */
  #suiteTest(name: string): string | undefined {
    const [root, test, part] = name.split("/");
    return root === this.#root && part === undefined ? test : undefined;
  }
}

function messagesOf(name: string, result: Result, { lines, failures }: Running): string[] {
  if (result === "skipped") return lines.slice(-1).map((line) => line.replace(/^\S+\.go:\d+: /, ""));
  if (result === "passed") return [];
  return failures.length > 0 ? failures : [[`${name}:`, ...lines].join("\n")];
}
