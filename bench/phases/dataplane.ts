import { Floor } from "../floor/floor.ts";
import { cluster, encodeClusters, encodeHosts, virtualHost } from "../floor/resources.ts";
import { runLoop } from "../http/load.ts";
import { probe, waitUntil } from "../http/probe.ts";
import { hasWrk, runWrk } from "../http/wrk.ts";
import { prefixHost, prefixOf, routesByPrefix } from "../manifests.ts";
import { GatewayUnderTest } from "../processes/gateway.ts";
import type { DataplaneResult } from "../results.ts";
import { portOf, type Setup } from "../setup.ts";
import { summarize } from "../statistics.ts";

const rounds = 5;
const connections = 32;
/** Different requests of a round, drawn evenly from all prefixes. */
const requestCount = 4096;

/** Who is asked, and which prefixes it has. */
interface Contender {
  readonly name: string;
  readonly port: number;
  readonly prefixes: number;
}

/** Requests per second through few and through many path prefixes on one hostname, in turns, with the same number of backends. */
export async function measureDataplane(setup: Setup, sizes: readonly number[]): Promise<DataplaneResult> {
  const stops: (() => Promise<void>)[] = [];
  const contenders: Contender[] = [{ name: "direct", port: portOf(setup, 0), prefixes: 1 }];
  try {
    for (const prefixes of sizes) {
      const gateway = await GatewayUnderTest.start(setup, `prefixes-${prefixes}`, (port) =>
        routesByPrefix(prefixes, port, setup.backendPorts),
      );
      stops.push(() => gateway.stop());
      const floor = await startFloor(setup, prefixes);
      stops.push(() => floor.stop());
      for (const [what, one] of Object.entries({ gateway, floor })) {
        await awaitServed(one, prefixes);
        contenders.push({ name: `${what} ${prefixes}`, port: one.port, prefixes });
      }
      await gateway.quiet();
    }
    return await compare(setup, sizes, contenders);
  } finally {
    for (const stop of stops) await stop();
  }
}

async function compare(
  setup: Setup,
  sizes: readonly number[],
  contenders: readonly Contender[],
): Promise<DataplaneResult> {
  const withWrk = hasWrk();
  const rates = new Map<string, number[]>();
  let wrong = 0;
  for (let round = 1; round <= rounds; round++) {
    // Back and forth, lest a machine that gets busier in a round is always to the same one's cost.
    for (const { name, port, prefixes } of round % 2 === 0 ? contenders.toReversed() : contenders) {
      const seconds = setup.settings.roundSeconds;
      const plan = { port, host: prefixHost, paths: pathsOf(prefixes), connections, seconds };
      const result = await (withWrk ? runWrk(setup, plan) : runLoop(plan));
      rates.set(name, [...(rates.get(name) ?? []), result.requestsPerSecond]);
      wrong += result.wrong;
    }
    setup.say(`  round ${round} of ${rounds}`);
  }
  const rateOf = (name: string): number => summarize(rates.get(name) ?? []).median;
  const [fewest = [], ...more] = sizes.map((size) => rates.get(`gateway ${size}`) ?? []);
  const most = more.at(-1)?.map((rate, round) => rate / (fewest[round] ?? 0));
  return {
    load: `${withWrk ? "wrk" : "a loop of our own"}, ${connections} connections`,
    direct: rateOf("direct"),
    byPrefixes: Object.fromEntries(
      sizes.map((size) => [size, { gateway: rateOf(`gateway ${size}`), floor: rateOf(`floor ${size}`) }]),
    ),
    ...(most && { mostToFewest: summarize(most) }),
    wrong,
  };
}

function startFloor(setup: Setup, prefixes: number): Promise<Floor> {
  const backends = setup.backendPorts.length;
  const routes = Array.from({ length: prefixes }, (_, index) => ({
    prefix: prefixOf(index),
    cluster: `c${index % backends}`,
  }));
  return Floor.start(setup, `floor-prefixes-${prefixes}`, {
    clusters: [encodeClusters(setup.backendPorts.map((port, index) => cluster(`c${index}`, [port])))],
    hosts: [encodeHosts([virtualHost(prefixHost, routes)])],
  });
}

async function awaitServed(one: GatewayUnderTest | Floor, prefixes: number): Promise<void> {
  const isServed = async () => (await probe(one.port, prefixHost, prefixOf(prefixes - 1))).status === 200;
  const took = await waitUntil(isServed, { limitMs: 120_000, isPossible: () => one.isAlive });
  if (took === undefined) throw new Error(`${prefixes} prefixes were never served: ${one.lastWords()}`);
}

/** The paths of a round: a fixed sequence without an order that caches could follow. */
export function pathsOf(prefixes: number): string[] {
  let state = 42;
  return Array.from({ length: requestCount }, () => {
    // Lehmer's generator: the same paths in each run.
    state = (state * 48_271) % 2_147_483_647;
    return `${prefixOf(state % prefixes)}/x`;
  });
}
