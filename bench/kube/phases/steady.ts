import { setTimeout as sleep } from "node:timers/promises";
import type { KubeClient } from "../../../src/kube/client.ts";
import { parseWrites, type Writes, writesBetween } from "../api-server-metrics.ts";
import type { GatewayInCluster } from "../gateway.ts";
import type { SteadyResult } from "../results.ts";

/** Waits for a while in which nothing changes, and tells what was done nevertheless. */
export async function measureSteady(gateway: GatewayInCluster, seconds: number): Promise<SteadyResult> {
  const { client } = gateway.cluster;
  await gateway.quiet();
  const before = { usage: gateway.usage(), writes: await writes(client) };
  await sleep(seconds * 1_000);
  const usage = gateway.usage();
  return {
    seconds,
    controllerCpuMs: usage.controllerCpuMs - before.usage.controllerCpuMs,
    envoyCpuMs: usage.envoyCpuMs - before.usage.envoyCpuMs,
    writes: writesBetween(before.writes, await writes(client)),
  };
}

async function writes(client: KubeClient): Promise<Writes> {
  return parseWrites(await client.text({ method: "GET", path: "/metrics" }));
}
