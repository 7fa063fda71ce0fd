import { execFile, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Floor } from "../floor/floor.ts";
import { cluster, encodeClusters, encodeHosts, virtualHost } from "../floor/resources.ts";
import { type LoopResult, runLoop } from "../http/load.ts";
import { probe, waitUntil } from "../http/probe.ts";
import { prefixHost, prefixOf, routesByPrefix } from "../manifests.ts";
import { GatewayUnderTest } from "../processes/gateway.ts";
import type { DataplaneResult } from "../results.ts";
import { portOf, type Setup } from "../setup.ts";
import { summarize } from "../statistics.ts";

const rounds = 3;
const connections = 16;
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
  const withWrk = spawnSync("wrk", ["-v"]).error === undefined;
  const rates = new Map<string, number[]>();
  let wrong = 0;
  for (let round = 1; round <= rounds; round++) {
    for (const contender of contenders) {
      const result = withWrk ? await runWrk(setup, contender) : await runOwn(setup, contender);
      rates.set(contender.name, [...(rates.get(contender.name) ?? []), result.requestsPerSecond]);
      wrong += result.wrong;
    }
    setup.say(`  round ${round} of ${rounds}`);
  }
  const rateOf = (name: string): number => summarize(rates.get(name) ?? [])?.median ?? 0;
  return {
    load: withWrk ? "wrk, 1 thread" : "own closed loop in one process",
    direct: rateOf("direct"),
    byPrefixes: Object.fromEntries(
      sizes.map((size) => [size, { gateway: rateOf(`gateway ${size}`), floor: rateOf(`floor ${size}`) }]),
    ),
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

function runOwn({ settings }: Setup, { port, prefixes }: Contender): Promise<LoopResult> {
  return runLoop({ port, host: prefixHost, paths: pathsOf(prefixes), connections, seconds: settings.roundSeconds });
}

async function runWrk({ settings, work }: Setup, { port, prefixes }: Contender): Promise<LoopResult> {
  const script = join(work, "paths.lua");
  const requests = pathsOf(prefixes).map((path) => `wrk.format("GET", "${path}", { Host = "${prefixHost}" })`);
  writeFileSync(
    script,
    `local requests\nfunction init()\n  requests = { ${requests.join(",\n")} }\nend\n` +
      `local at = 0\nfunction request()\n  at = at % #requests + 1\n  return requests[at]\nend\n`,
  );
  const args = ["-t1", `-c${connections}`, `-d${settings.roundSeconds}s`, "-s", script, `http://127.0.0.1:${port}/`];
  const { stdout } = await promisify(execFile)("wrk", args);
  return parseWrk(stdout);
}

/** Reads wrk's report. */
export function parseWrk(report: string): LoopResult {
  const rate = /^Requests\/sec:\s+([\d.]+)/m.exec(report)?.[1];
  if (rate === undefined) throw new Error(`wrk reports no requests per second: ${report}`);
  return { requestsPerSecond: Number(rate), wrong: Number(/Non-2xx or 3xx responses: (\d+)/.exec(report)?.[1] ?? 0) };
}
