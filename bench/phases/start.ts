import { probe, waitUntil } from "../http/probe.ts";
import { hostOf, portIndexOf, routesByHost } from "../manifests.ts";
import { GatewayUnderTest } from "../processes/gateway.ts";
import type { StartResult } from "../results.ts";
import type { Setup } from "../setup.ts";
import { spread, summarize } from "../statistics.ts";

const limitMs = 300_000;
const sampleSize = 20;

/** A gateway that serves, and how it came to that. */
export interface Started {
  readonly gateway: GatewayUnderTest;
  readonly result: StartResult;
}

/** Starts a gateway with all routes in place from nothing, several times; the last one stays. */
export async function measureStart(setup: Setup, routes: number, times: number): Promise<Started> {
  const first: number[] = [];
  const sample: number[] = [];
  for (let time = 1; ; time++) {
    const gateway = await GatewayUnderTest.start(setup, `routes-${routes}-${time}`, (port) =>
      routesByHost(routes, port, setup.backendPorts),
    );
    const took = await untilSampleServed(gateway, routes, setup.backendPorts.length);
    first.push(took.firstMs);
    sample.push(took.sampleMs);
    if (time < times) {
      await gateway.stop();
      continue;
    }
    await gateway.settled();
    const result = { firstMs: summarize(first), sampleMs: summarize(sample), ...gateway.usage() };
    return { gateway, result };
  }
}

async function untilSampleServed(
  gateway: GatewayUnderTest,
  routes: number,
  ports: number,
): Promise<{ readonly firstMs: number; readonly sampleMs: number }> {
  let firstMs: number | undefined;
  for (const route of spread(routes, sampleSize)) {
    const isServed = async (): Promise<boolean> => {
      const { status, body } = await probe(gateway.port, hostOf(route));
      return status === 200 && body === `b${portIndexOf(route, routes, ports)}`;
    };
    const took = await waitUntil(isServed, { limitMs, isPossible: () => gateway.isAlive });
    if (took === undefined) throw new Error(`${hostOf(route)} was never served: ${gateway.lastWords()}`);
    firstMs ??= performance.now() - gateway.startedAt;
  }
  return { firstMs: firstMs ?? 0, sampleMs: performance.now() - gateway.startedAt };
}
