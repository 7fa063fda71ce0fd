import { setTimeout as sleep } from "node:timers/promises";
import { durationMs } from "../../api/duration.ts";
import type { EnvoyProxySettings } from "../fleet.ts";
import { podPorts } from "../kubernetes/settings.ts";
import { askAdmin } from "./admin-client.ts";
import type { EnvoyProcess } from "./envoy-process.ts";

/** How an Envoy says good-bye. */
export interface DrainPlan {
  /** Connections that are still busy after this time are cut. */
  readonly timeoutMs: number;
  /** At least this long new requests are accepted, for load balancers in front of us to notice. */
  readonly minMs: number;
  /** Time between the announcement (`Connection: close`) and failing health checks. */
  readonly healthCheckFailureDelayMs: number;
}

/** What stays after Envoy was asked to end, before it is killed. */
const terminationMs = 5_000;
const pollMs = 50;

/**
 * The plan of a fleet: `spec.shutdown` of its EnvoyProxy where it says something. Else `defaultTimeoutMs` and no minimum: on one
 * machine nobody has to notice first, and a person who pressed Ctrl-C waits.
 */
export function drainPlan(settings: EnvoyProxySettings | undefined, defaultTimeoutMs: number): DrainPlan {
  const shutdown = settings?.shutdown;
  return {
    timeoutMs: durationMs(shutdown?.drainTimeout) ?? defaultTimeoutMs,
    minMs: durationMs(shutdown?.minDrainDuration) ?? 0,
    healthCheckFailureDelayMs: durationMs(shutdown?.healthCheckFailureDelay) ?? 0,
  };
}

/**
 * Ends an Envoy without breaking a request: clients are told to close (`healthcheck/fail`), new connections are refused, and when
 * no request is in flight and no TCP connection open, or at the latest after the plan's timeout, the process is asked to end.
 * Idle kept-alive HTTP connections are not waited for. Kills what does not end. Resolves when the process is gone.
 */
export async function drainAndStop(
  envoy: EnvoyProcess,
  adminAddress: string | undefined,
  plan: DrainPlan,
): Promise<void> {
  let isGone = false;
  const ended = new AbortController();
  const gone = envoy.exited.then(() => {
    isGone = true;
    ended.abort();
  });
  if (adminAddress !== undefined) {
    const began = performance.now();
    const elapsed = (): number => performance.now() - began;
    if (plan.healthCheckFailureDelayMs > 0) {
      await askAdmin(adminAddress, "POST", "/drain_listeners?graceful&skip_exit");
      await Promise.race([gone, sleep(plan.healthCheckFailureDelayMs)]);
    }
    await askAdmin(adminAddress, "POST", "/healthcheck/fail");
    if (plan.minMs > elapsed()) await Promise.race([gone, sleep(plan.minMs - elapsed())]);
    await askAdmin(adminAddress, "POST", "/drain_listeners");
    while (!isGone && elapsed() < plan.timeoutMs && (await busyConnections(adminAddress)) > 0) {
      await Promise.race([gone, sleep(pollMs)]);
    }
  }
  envoy.kill("SIGTERM");
  await Promise.race([gone, sleep(terminationMs, undefined, { signal: ended.signal }).catch(() => undefined)]);
  if (!isGone) envoy.kill("SIGKILL");
  await gone;
}

/** Statistics of Envoy's own listeners (admin, metrics, readiness), which are not traffic. */
const ownPrefix = new RegExp(
  `^(listener\\.(admin|[^:]*_(${podPorts.metrics}|${podPorts.ready})\\.)|http\\.(admin|eg-stats-http|eg-ready-http)\\.)`,
);

/** Requests in flight, and connections that are not HTTP. 0 when Envoy does not answer: there is nothing to wait for then. */
async function busyConnections(adminAddress: string): Promise<number> {
  const filter = encodeURIComponent("^(listener\\..*downstream_cx_active|http\\..*downstream_(cx|rq)_active)$");
  const answer = await askAdmin(adminAddress, "GET", `/stats?filter=${filter}`);
  return answer ? countBusy(answer.body) : 0;
}

/** Reads `name: value` lines of `/stats`. Exported for its test. */
export function countBusy(stats: string): number {
  let connections = 0;
  let httpConnections = 0;
  let requests = 0;
  for (const line of stats.split("\n")) {
    const [, name, value] = /^(\S.*): ([0-9]+)$/.exec(line) ?? [];
    if (name === undefined || ownPrefix.test(name) || name.includes(".worker_")) continue;
    if (name.startsWith("listener.")) connections += Number(value);
    else if (name.endsWith("downstream_rq_active")) requests += Number(value);
    else httpConnections += Number(value);
  }
  return requests + Math.max(0, connections - httpConnections);
}
