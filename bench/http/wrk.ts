/** A closed loop by wrk, which takes less of the machine than ours. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Setup } from "../setup.ts";
import type { LoopPlan, LoopResult } from "./load.ts";

const threads = 2;

/** Whether wrk is installed. */
export function hasWrk(): boolean {
  return spawnSync("wrk", ["-v"]).error === undefined;
}

/** Runs the loop to its end. */
export async function runWrk({ processes, work }: Setup, plan: LoopPlan): Promise<LoopResult> {
  const name = join(work, `wrk-${++runs}`);
  writeFileSync(`${name}.lua`, scriptOf(plan));
  const { connections, seconds, port } = plan;
  const args = [`-t${threads}`, `-c${connections}`, `-d${seconds}s`, "-s", `${name}.lua`, `http://127.0.0.1:${port}/`];
  const running = processes.start("wrk", args, `${name}.log`);
  const report = await running.output();
  await processes.stop(running);
  return parseWrk(report);
}

let runs = 0;

/** The requests are formatted before the clock starts. Each thread has a state of its own and begins at another of them. */
function scriptOf({ host, paths }: LoopPlan): string {
  const requests = paths.map((path) => `wrk.format("GET", "${path}", { Host = "${host}" })`);
  return `local started = 0
function setup(thread)
  thread:set("at", math.floor(started * ${paths.length} / ${threads}))
  started = started + 1
end
local requests
function init()
  requests = { ${requests.join(",\n")} }
end
function request()
  at = at % #requests + 1
  return requests[at]
end
`;
}

/** Reads wrk's report. */
export function parseWrk(report: string): LoopResult {
  const rate = /^Requests\/sec:\s+([\d.]+)/m.exec(report)?.[1];
  if (rate === undefined) throw new Error(`wrk reports no requests per second: ${report}`);
  return { requestsPerSecond: Number(rate), wrong: Number(/Non-2xx or 3xx responses: (\d+)/.exec(report)?.[1] ?? 0) };
}
