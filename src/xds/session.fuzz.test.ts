import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { FleetChange } from "../translate/resources.ts";
import type { ResourceType } from "./resource-types.ts";
import { modelHost, modelResource } from "./testing/model-resources.ts";
import { SessionDriver } from "./testing/session-driver.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const name = fc.constantFrom("a", "b", "t", "*", "", "never heard of");
const names = fc.array(name, { maxLength: 3 });
const request = fc.record(
  {
    names,
    unsubscribed: names,
    nonce: fc.constantFrom("", "1", "2", "3", "4", "5", "6", "nonsense"),
    error: fc.constantFrom(undefined, undefined, "", "a is bad", "refused"),
    version: fc.constantFrom("", "x"),
    initialVersions: fc
      .dictionary(name, fc.constantFrom("", "x", "0".repeat(32)))
      .map((versions) => new Map(Object.entries(versions))),
  },
  { requiredKeys: [] },
);
const type = fc.constantFrom<ResourceType[]>("cluster", "endpoint", "listener", "route", "secret");

/** What a client or the store does next. */
type Step = (driver: SessionDriver) => void;

const wrongRequest = fc.tuple(type, request).map(([type, request]): Step => {
  return (driver) => driver.request(type, request);
});
const verdict = fc.tuple(type, fc.constantFrom(undefined, "", "a", "no")).map(([type, error]): Step => {
  return (driver) => (error === undefined ? driver.acknowledge(type) : driver.refuse(type, error));
});
const update = fc
  .tuple(fc.constantFrom("a", "b"), fc.constantFrom("", "1", "2"), fc.boolean())
  .map(([key, salt, isGone]): Step => {
    return (driver) => driver.update(change(key, salt, isGone));
  });

function change(key: string, salt: string, isGone: boolean): FleetChange {
  const one = { name: key, value: isGone ? undefined : modelResource(key, { salt, isEds: true }) };
  const host = { table: "t", name: key, value: isGone ? undefined : modelHost("t", key, { salt, clusters: [key] }) };
  const head = { name: "t", value: modelResource("t") };
  return { cluster: [one], endpoint: [one], listener: [one], secret: [one], route: [head], virtualHost: [host] };
}

test.each(["delta", "sotw"] as const)(
  "no client, however wrong its requests, makes a session throw or send more than one response of each type at a time (%s)",
  (protocol) => {
    fc.assert(
      fc.property(fc.array(fc.oneof(wrongRequest, verdict, update), { maxLength: 40 }), (steps) => {
        const driver = new SessionDriver({ protocol });
        driver.update(change("a", "", false));
        for (const step of steps) {
          step(driver);
          const types = driver.responses().map((response) => response.typeUrl);
          expect(new Set(types).size).toBe(types.length);
          vi.advanceTimersByTime(300);
          driver.responses();
        }
      }),
      { numRuns: 500 },
    );
  },
);
