/** Load from a process of its own, so that what else the benchmark does delays no request. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { LoadResult } from "../results.ts";
import type { LoadPlan } from "./schedule.ts";

/** A closed loop: each connection sends its next request as soon as the last is answered, to paths in turns. */
export interface LoopPlan {
  readonly port: number;
  readonly host: string;
  readonly paths: readonly string[];
  readonly connections: number;
  readonly seconds: number;
}

export interface LoopResult {
  readonly requestsPerSecond: number;
  /** Answers that were no 200. */
  readonly wrong: number;
}

/** What the worker is told to do. */
export type Order = { readonly rate: LoadPlan } | { readonly loop: LoopPlan };

/** A load at a fixed rate that runs until it is stopped. */
export class Load {
  readonly #worker;

  constructor(plan: LoadPlan) {
    this.#worker = startWorker({ rate: plan });
  }

  /** Ends the load after the last answers, and returns what it saw. */
  async stop(): Promise<LoadResult> {
    this.#worker.send("stop");
    return (await resultOf(this.#worker)) as LoadResult;
  }
}

/** Runs a closed loop to its end. */
export async function runLoop(plan: LoopPlan): Promise<LoopResult> {
  return (await resultOf(startWorker({ loop: plan }))) as LoopResult;
}

function startWorker(order: Order) {
  const worker = fork(join(import.meta.dirname, "load-worker.ts"), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  worker.send(order);
  return worker;
}

async function resultOf(worker: ReturnType<typeof startWorker>): Promise<unknown> {
  const ended = once(worker, "exit").then(() => {
    throw new Error("the load has ended without a result");
  });
  const [result] = await Promise.race([once(worker, "message"), ended]);
  worker.disconnect();
  ended.catch(() => undefined);
  return result;
}
