import { setTimeout as sleep } from "node:timers/promises";
import { notServed } from "../../http/not-served.ts";
import { hostOf } from "../../manifests.ts";
import { spread } from "../../statistics.ts";
import type { GatewayInCluster } from "../gateway.ts";
import { namespace, numberedRoute, resources } from "../objects.ts";
import type { AttachResult } from "../results.ts";
import { StatusWatch } from "../status-watch.ts";

const limitMs = 180_000;
const pollMs = 20;
/** How long late writes of the Gateway's status are waited for. */
const lateMs = 5_000;

/** Attaches routes to a Gateway that has none, as fast as the API server takes them. */
export async function measureAttach(gateway: GatewayInCluster, count: number): Promise<AttachResult> {
  const { client } = gateway.cluster;
  await gateway.quiet();
  const watch = await StatusWatch.start(client);
  try {
    const before = gateway.usage();
    const start = performance.now();
    const routes = Array.from({ length: count }, (_, index) => numberedRoute(index, count));
    await gateway.each(routes, (route) => client.create(resources.route, route));
    const written = performance.now();
    const [servedAt, rightAt] = await Promise.all([allServed(gateway, count), watch.allRight(count, limitMs)]);
    await sleep(lateMs);
    await gateway.quiet();
    const usage = gateway.usage();
    return {
      writtenMs: written - start,
      servedMs: servedAt - written,
      statusMs: Math.max(0, rightAt - written),
      gatewayWrites: watch.gatewayWrites,
      controllerCpuMs: usage.controllerCpuMs - before.controllerCpuMs,
      controllerMb: usage.controllerMb,
      envoyMb: usage.envoyMb,
    };
  } finally {
    watch.stop();
  }
}

/** Deletes the numbered routes, and waits until the Gateway's status says that none is left. */
export async function detachAll(gateway: GatewayInCluster): Promise<void> {
  const { client } = gateway.cluster;
  const { items } = await client.listAll(resources.route, { namespace });
  const watch = await StatusWatch.start(client);
  try {
    await gateway.each(items, ({ metadata }) => client.delete(resources.route, { namespace, name: metadata.name }));
    await watch.allRight(0, limitMs);
  } finally {
    watch.stop();
  }
}

/** When all routes were served: a sample first, then all, so that asking takes little from those who are asked. */
async function allServed(gateway: GatewayInCluster, count: number): Promise<number> {
  const end = performance.now() + limitMs;
  for (const numbers of [spread(count, 20), spread(count, count)]) {
    let missing = numbers.map(hostOf);
    for (;;) {
      missing = await notServed(gateway.at, missing);
      if (missing.length === 0) break;
      if (performance.now() > end) throw new Error(`${missing.length} routes were never served`);
      await sleep(pollMs);
    }
  }
  return performance.now();
}
