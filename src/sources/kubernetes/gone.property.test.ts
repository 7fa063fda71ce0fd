import fc from "fast-check";
import { expect, test } from "vitest";
import type { TestApiServer, TestResource } from "../../kube/testing/api-server.ts";
import type { SourceBatch } from "../source.ts";
import { eventually, follow, route, routes, serve, services, slices } from "./testing/followed-server.ts";
import { backendSteps, Delays, end, name, place, type Step, sliceOf, takeTurns } from "./testing/steps.ts";

const watched: Readonly<Record<string, TestResource>> = { Service: services, EndpointSlice: slices };

/** Notes what comes back after it was handed over as gone, and was. */
class Revenants {
  readonly found: string[] = [];
  readonly #server: TestApiServer;
  readonly #handedOver = new Map<string, string>();
  readonly #gone = new Set<string>();

  constructor(server: TestApiServer) {
    this.#server = server;
  }

  take({ changes }: SourceBatch): void {
    for (const { kind, key, object } of changes) {
      const resource = watched[kind];
      if (!resource) continue;
      const id = `${kind} ${key}`;
      const uid = object?.metadata.uid ?? "";
      const former = this.#handedOver.get(id) ?? "";
      if (object === undefined) {
        if (this.#server.get(resource, key)?.metadata.uid !== former) this.#gone.add(former);
        continue;
      }
      if (this.#gone.has(uid)) this.found.push(`${id} ${uid}`);
      this.#handedOver.set(id, uid);
    }
  }
}

/** An EndpointSlice stays with its Service here. */
const endpoints = fc.tuple(place, name, end).map(
  ([of, called, address]): Step =>
    (server) =>
      void server.put(slices, sliceOf(of, called, called, address)),
);

/** Everything is late here: answers and events arrive one by one, when a step lets them. */
const arrivals: readonly fc.Arbitrary<Step>[] = [
  fc.nat(9).map((index) => (_, delays) => delays.release(index)),
  fc.constant((_, delays) => {
    delays.end();
    delays.isOn = true;
  }),
  fc.constant((server) => server.trickle()),
];

const steps = fc.array(fc.tuple(fc.oneof(fc.oneof(endpoints, ...backendSteps), fc.oneof(...arrivals)), fc.nat(4)), {
  minLength: 20,
  maxLength: 80,
  size: "max",
});

test("what was handed over as gone does not come back, however late a watch or an answer is that still tells of it", async () => {
  const property = fc.asyncProperty(steps, async (all) => {
    const server = await serve([routes]);
    const delays = new Delays();
    for (const namespace of ["shop", "pay"]) {
      for (const called of ["one", "two"]) server.put(routes, route(called, called, namespace));
    }
    const revenants = new Revenants(server);
    const followed = follow(server, undefined, {
      relistEveryMs: 20,
      onBatch: (batch) => revenants.take(batch),
    });
    await followed.started;
    server.delay = () => delays.next();
    delays.isOn = true;
    server.isSlow = true;
    for (const [step, turns] of all) {
      step(server, delays);
      await takeTurns(turns);
    }
    delays.end();
    server.hurry();
    server.put(routes, route("mark", "none"));
    await eventually(followed.present).toContain("HTTPRoute shop/mark");
    expect(revenants.found).toEqual([]);
    await followed.source.stop();
    await server.close();
  });
  await fc.assert(property, { numRuns: 40, endOnFailure: true });
}, 120_000);
