import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { findProcess, type ProcessState, processesThatName, processTree } from "./proc.ts";

/** How long a process may take to end by itself. */
const graceMs = 20_000;

/**
 * The processes of a run, all of which name files below `folder`. None outlives it: {@link stopAll} ends what is left, newest first,
 * with what a gateway that crashed has left behind.
 */
export class Processes {
  readonly #folder: string;
  readonly #running: Running[] = [];
  #isOver = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Starts a program whose output goes to the file `log`. Throws once {@link stopAll} was called. */
  start(program: string, args: readonly string[], log: string): Running {
    if (this.#isOver) throw new Error("the run is over");
    const output = openSync(log, "a");
    // In a group of its own: Ctrl-C is for us, who end things in order.
    const child = spawn(program, args, { stdio: ["ignore", output, output], detached: true });
    closeSync(output);
    const running = new Running(child, log);
    this.#running.push(running);
    return running;
  }

  async stop(running: Running): Promise<void> {
    await running.stop();
    const index = this.#running.indexOf(running);
    if (index >= 0) this.#running.splice(index, 1);
  }

  async stopAll(): Promise<void> {
    this.#isOver = true;
    for (const running of this.#running.splice(0).reverse()) await running.stop();
    for (const pid of processesThatName(this.#folder)) kill(pid);
  }
}

/** A process with what it started. */
export class Running {
  readonly #child: ChildProcess;
  readonly #log: string;
  readonly startedAt: number = performance.now();
  #problem: string | undefined;

  constructor(child: ChildProcess, log: string) {
    this.#child = child;
    this.#log = log;
    child.on("error", (error) => {
      this.#problem = error.message;
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isAlive(): boolean {
    return this.#problem === undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Waits until the process has ended by itself, and returns all that it said. */
  async output(): Promise<string> {
    if (this.isAlive) await new Promise((resolve) => this.#child.on("close", resolve).on("error", resolve));
    return this.#problem ?? readFileSync(this.#log, "utf8");
  }

  /** What went wrong, in the process' own last words. */
  lastWords(): string {
    return this.#problem ?? readFileSync(this.#log, "utf8").trimEnd().split("\n").slice(-5).join("\n");
  }

  /** Asks the process to end; kills it, and all that it started, when that takes too long. */
  async stop(): Promise<void> {
    const tree = this.isAlive ? processTree(this.pid) : [];
    if (this.isAlive) this.#child.kill("SIGTERM");
    const end = performance.now() + graceMs;
    while (tree.some(isStillThere) && performance.now() < end) await sleep(20);
    for (const member of tree) if (isStillThere(member)) kill(member.pid);
  }
}

function isStillThere({ pid, startedAt }: ProcessState): boolean {
  return findProcess(pid)?.startedAt === startedAt;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended in between.
  }
}
