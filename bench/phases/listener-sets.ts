import { probe } from "../http/probe.ts";
import { parentSet, routesOfSets, setHostOf } from "../listener-manifests.ts";
import { httpRoute } from "../manifests.ts";
import { GatewayUnderTest } from "../processes/gateway.ts";
import type { ListenerSetsResult } from "../results.ts";
import type { Setup } from "../setup.ts";
import { spread } from "../statistics.ts";
import { awaitStart, costOfChanges, type Sight } from "./change-cost.ts";

const sampleSize = 20;
/** Name of the route that changes. */
const changed = "changed";

/** Very many routes over ListenerSets: a start from nothing, then one route gets another backend again and again. */
export async function measureListenerSets(setup: Setup): Promise<ListenerSetsResult> {
  const { listenerSets: size, repetitions } = setup.settings;
  const label = `${size.sets} ListenerSets × ${size.routesPerSet} routes`;
  setup.say(`${label}: start`);
  const gateway = await GatewayUnderTest.start(setup, "listener-sets", (port) =>
    routesOfSets(size, port, setup.backendPorts),
  );
  const sample = spread(size.sets, sampleSize).map((set) =>
    sightOf(setup, gateway, setHostOf(set, set % size.routesPerSet), set),
  );
  const start = await awaitStart(gateway, sample);
  setup.say(`${label}: changes`);
  const home = Math.floor(size.sets / 2);
  const hostname = setHostOf(home, changed);
  const prepare = async (repetition: number) => {
    const to = repetition % 2;
    const rules = [{ prefix: "/", backend: `be-${to}` }];
    const make = gateway.prepare("changed.yaml", [httpRoute(changed, hostname, rules, parentSet(home))]);
    return { make, sight: sightOf(setup, gateway, hostname, to) };
  };
  // It appears before what is timed.
  const first = await prepare(0);
  await costOfChanges(gateway, 1, async () => first);
  const changes = await costOfChanges(gateway, repetitions, prepare);
  await gateway.stop();
  return { ...size, start, ...changes };
}

/** A 200 of the Backend with this number. */
function sightOf({ backendPorts }: Setup, gateway: GatewayUnderTest, hostname: string, backend: number): Sight {
  return {
    name: hostname,
    isSeen: async () => {
      const { status, body } = await probe(gateway.port, hostname);
      return status === 200 && body === `b${backend % backendPorts.length}`;
    },
  };
}
