/** Requests per second through Envoy as configured, against Envoy with ready-made files. */
import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import { hostnameOf } from "../manifests.ts";
import type { PhaseContext } from "./context.ts";

/** Whether there is a wrk to measure with. */
export function hasWrk(): boolean {
  try {
    execFileSync("sh", ["-c", "command -v wrk"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Runs wrk for five seconds against the first route. */
export async function requestsPerSecond(port: number): Promise<number> {
  const args = ["-t1", "-c32", "-d5s", "-H", `Host: ${hostnameOf(0)}`, `http://127.0.0.1:${port}/`];
  const { stdout } = await promisify(execFile)("wrk", args);
  return Number(/^Requests\/sec:\s+([\d.]+)/m.exec(stdout)?.[1] ?? "0");
}

export async function dataplane({ port, floor, add }: PhaseContext): Promise<void> {
  const value = await requestsPerSecond(port);
  const target = floor.dataplane === undefined ? {} : { floor: floor.dataplane, target: 0.9 * floor.dataplane };
  add({ name: "data plane", unit: "req/s", value, ...target, atLeast: true });
}
