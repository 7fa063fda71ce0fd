import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { askAdmin } from "../host/admin-client.ts";
import { podPorts } from "../kubernetes/settings.ts";

/** Written when Envoy is drained; the shutdown manager waits for it. */
export const readyFile = "/tmp/shutdown-ready";

export interface DrainOptions {
  /** `host:port` of Envoy's admin interface. */
  readonly adminAddress: string;
  readonly drainTimeoutMs: number;
  readonly minDrainMs: number;
  /** So few connections count as none. */
  readonly exitAtConnections: number;
  readonly healthCheckFailureDelayMs: number;
  readonly readyFile: string;
  readonly log: (line: string) => void;
  /** Default: 1 s. */
  readonly pollMs?: number | undefined;
}

/**
 * Says good-bye for an Envoy in a pod. Its health checks fail, so that load balancers and the Service send nobody new, and clients are told to
 * close. When the connections are gone, at the earliest after `minDrainMs`, at the latest after `drainTimeoutMs`, the ready file is written.
 */
export async function drainPod(options: DrainOptions): Promise<void> {
  const { adminAddress, healthCheckFailureDelayMs, log, pollMs = 1_000 } = options;
  const began = performance.now();
  if (healthCheckFailureDelayMs > 0) {
    await tell(options, "/drain_listeners?graceful&skip_exit");
    await sleep(healthCheckFailureDelayMs);
  }
  await tell(options, "/healthcheck/fail");
  for (;;) {
    const elapsed = performance.now() - began;
    const connections = await openConnections(adminAddress);
    if (elapsed > options.drainTimeoutMs) {
      log(`the drain timeout is over, ${connections ?? "unknown"} connections are open`);
      break;
    }
    if (connections === undefined) log("Envoy does not tell its connections");
    else if (elapsed > options.minDrainMs && connections <= options.exitAtConnections) {
      log(`drained, ${connections} connections are open`);
      break;
    }
    await sleep(pollMs);
  }
  await writeFile(options.readyFile, "");
}

async function tell({ adminAddress, log }: DrainOptions, path: string): Promise<void> {
  const answer = await askAdmin(adminAddress, "POST", path);
  log(answer ? `Envoy was told ${path}: ${answer.status}` : `Envoy does not answer to ${path}`);
}

/** Connections to listeners that carry traffic; undefined when Envoy does not answer. */
async function openConnections(adminAddress: string): Promise<number | undefined> {
  const answer = await askAdmin(adminAddress, "GET", "/stats?filter=%5Elistener%5C..*%5C.downstream_cx_active%24");
  return answer?.status === 200 ? countConnections(answer.body) : undefined;
}

/** Listeners of Envoy's own (admin, metrics, readiness), and counts that are in the others already. */
const notTraffic = new RegExp(`^listener\\.admin\\.|_(${podPorts.metrics}|${podPorts.ready})\\.|\\.worker_`);

/** Sum of `listener.*.downstream_cx_active` in the text of `/stats`. */
export function countConnections(stats: string): number {
  let sum = 0;
  for (const line of stats.split("\n")) {
    const [, name, value] = /^(listener\..*\.downstream_cx_active): ([0-9]+)$/.exec(line) ?? [];
    if (name !== undefined && !notTraffic.test(name)) sum += Number(value);
  }
  return sum;
}
