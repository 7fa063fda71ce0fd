/** The process that makes load: takes one order from its parent, and sends the result back. */
import { setTimeout as sleep } from "node:timers/promises";
import type { LoadResult } from "../results.ts";
import { percentile } from "../statistics.ts";
import { Connection } from "./connection.ts";
import type { LoopPlan, LoopResult, Order } from "./load.ts";
import { dueMs, endpointOf, isWrong, judge, type LoadPlan, targetOf } from "./schedule.ts";

const requestLimitMs = 10_000;
const exampleCount = 5;
let isStopping = false;

/** Sends requests when they are due; one that is late, as the last took so long, goes at once. */
async function runRate(plan: LoadPlan): Promise<LoadResult> {
  const start = performance.now();
  const unusual: Record<string, number> = {};
  const examples: string[] = [];
  const latencies: number[] = [];
  let wrong = 0;

  const onConnection = async (number: number): Promise<void> => {
    let connection: Connection | undefined;
    for (let turn = 0; ; turn++) {
      const wait = start + dueMs(plan, number, turn) - performance.now();
      if (wait > 0) await sleep(wait);
      if (isStopping) break;
      const isNew = connection?.isOpen !== true;
      if (connection === undefined || isNew) connection = new Connection(endpointOf(plan));
      const target = targetOf(plan, number, turn);
      const sent = performance.now();
      const told = judge(await connection.request(target.host, target.path, requestLimitMs), target, isNew);
      latencies.push(performance.now() - sent);
      if (told === undefined) continue;
      unusual[told] = (unusual[told] ?? 0) + 1;
      if (!isWrong(told)) continue;
      wrong++;
      const at = ((sent - start) / 1000).toFixed(3);
      if (examples.length < exampleCount) examples.push(`after ${at} s, ${target.host}${target.path}: ${told}`);
    }
    connection?.close();
  };

  await Promise.all(Array.from({ length: plan.connections }, (_, number) => onConnection(number)));
  const sorted = latencies.toSorted((a, b) => a - b);
  return {
    requests: sorted.length,
    wrong,
    unusual,
    examples,
    ...(sorted.length > 0 && {
      latencyMs: { median: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), max: percentile(sorted, 1) },
    }),
  };
}

async function runLoop(plan: LoopPlan): Promise<LoopResult> {
  const start = performance.now();
  const end = start + plan.seconds * 1000;
  let requests = 0;
  let wrong = 0;
  const onConnection = async (): Promise<void> => {
    let connection = new Connection(plan.port);
    while (performance.now() < end) {
      if (!connection.isOpen) connection = new Connection(plan.port);
      const path = plan.paths[requests++ % plan.paths.length] ?? "/";
      if ((await connection.request(plan.host, path, requestLimitMs)).status !== 200) wrong++;
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: plan.connections }, onConnection));
  return { requestsPerSecond: (requests * 1000) / (performance.now() - start), wrong };
}

process.on("message", (message: Order | "stop") => {
  if (message === "stop") {
    isStopping = true;
    return;
  }
  const result = "rate" in message ? runRate(message.rate) : runLoop(message.loop);
  void result.then((value) => process.send?.(value));
});
// A parent that is gone wants no more load.
process.on("disconnect", () => process.exit());
