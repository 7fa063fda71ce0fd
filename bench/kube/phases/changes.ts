import { probe, waitUntil } from "../../http/probe.ts";
import { summarize } from "../../statistics.ts";
import type { GatewayInCluster } from "../gateway.ts";
import { namespace, resources, routeObject } from "../objects.ts";
import type { ChangesResult } from "../results.ts";

const limitMs = 60_000;
const hostname = "changing.bench.test";
const place = { namespace, name: "changing" };

/** A change of one route, and what a client gets after it: the body of a backend, or nothing for 404. */
interface Change {
  readonly what: "applied" | "deleted";
  readonly after: string | undefined;
  readonly make: (gateway: GatewayInCluster) => Promise<unknown>;
}

/** A route comes, is led to another Service, and goes. */
const changes: readonly Change[] = [
  {
    what: "applied",
    after: "b0",
    make: ({ cluster }) => cluster.client.create(resources.route, routeObject(place.name, hostname, 0)),
  },
  {
    what: "applied",
    after: "b1",
    make: ({ cluster }) => {
      const { spec } = routeObject(place.name, hostname, 1);
      return cluster.client.patch(resources.route, place, "merge", { spec });
    },
  },
  { what: "deleted", after: undefined, make: ({ cluster }) => cluster.client.delete(resources.route, place) },
];

/** Single changes beside the routes that are there, all quiet before each. */
export async function measureChanges(gateway: GatewayInCluster, repetitions: number): Promise<ChangesResult> {
  const taken: Record<Change["what"], number[]> = { applied: [], deleted: [] };
  await gateway.quiet();
  const before = gateway.usage();
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const change of changes) {
      taken[change.what].push(await time(gateway, change));
      await gateway.quiet();
    }
  }
  const controllerCpuMs = gateway.usage().controllerCpuMs - before.controllerCpuMs;
  return {
    applied: summarize(taken.applied),
    deleted: summarize(taken.deleted),
    controllerCpuMsPerChange: controllerCpuMs / (repetitions * changes.length),
  };
}

/** Milliseconds from the API server's answer until a new connection sees the change. */
async function time(gateway: GatewayInCluster, { what, after, make }: Change): Promise<number> {
  await make(gateway);
  const isSeen = async (): Promise<boolean> => {
    const { status, body } = await probe(gateway.at, hostname);
    return after === undefined ? status === 404 : status === 200 && body === after;
  };
  const took = await waitUntil(isSeen, { limitMs });
  if (took === undefined) throw new Error(`that the route was ${what} was never seen`);
  return took;
}
