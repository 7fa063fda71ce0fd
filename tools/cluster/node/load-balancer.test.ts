import fc from "fast-check";
import { expect, test } from "vitest";
import { assign, type Service } from "./load-balancer.ts";

const range = "10.170.0.0/24";

function service(name: string, spec: Service["spec"] = {}, ip?: string): Service {
  return {
    metadata: { namespace: "default", name },
    spec: { type: "LoadBalancer", ...spec },
    ...(ip !== undefined && { status: { loadBalancer: { ingress: [{ ip }] } } }),
  };
}

const given = (...services: Service[]): string[] =>
  assign(services, range).map(({ service, address }) => `${service.metadata.name} ${address}`);

test("each Service that waits gets the lowest address that nobody has", () => {
  expect(given(service("a"), service("b", {}, "10.170.0.10"), service("c"))).toEqual([
    "a 10.170.0.11",
    "c 10.170.0.12",
  ]);
});

test("an address that is asked for is given when it lies in the range and is free", () => {
  expect(given(service("a", { loadBalancerIP: "10.170.0.250" }))).toEqual(["a 10.170.0.250"]);
  expect(given(service("a", { loadBalancerIP: "10.9.0.1" }))).toEqual([]);
  expect(given(service("b", {}, "10.170.0.250"), service("a", { loadBalancerIP: "10.170.0.250" }))).toEqual([]);
});

test("Services of other types, of another class, or on their way out get nothing", () => {
  const leaving = service("leaving");
  expect(
    given(service("internal", { type: "ClusterIP" }), service("other", { loadBalancerClass: "cloud" }), {
      ...leaving,
      metadata: { ...leaving.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
    }),
  ).toEqual([]);
});

test("when the pool is empty, the rest waits", () => {
  expect(given(...Array.from({ length: 200 }, (_, i) => service(`s${i}`)))).toHaveLength(190);
});

test("no two Services ever have the same address", () => {
  const one = fc.record({
    wanted: fc.option(
      fc.integer({ min: 0, max: 15 }).map((n) => `10.170.0.${n}`),
      { nil: undefined },
    ),
    held: fc.option(fc.integer({ min: 10, max: 20 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 30 }), (wishes) => {
      const held = new Set<string>();
      const services = wishes.map(({ wanted, held: last }, i) => {
        const ip = last === undefined || held.has(`10.170.0.${last}`) ? undefined : `10.170.0.${last}`;
        if (ip) held.add(ip);
        return service(`s${i}`, wanted === undefined ? {} : { loadBalancerIP: wanted }, ip);
      });
      const addresses = [...held, ...assign(services, range).map(({ address }) => address)];
      expect(new Set(addresses).size).toBe(addresses.length);
    }),
  );
});
