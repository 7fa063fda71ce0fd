import { expect, test } from "vitest";
import { addressesOf, highestNumber, isIn, poolOf } from "./addresses.ts";

const all = Array.from({ length: highestNumber + 1 }, (_, number) => addressesOf(number));

test("everything of a cluster follows from its number", () => {
  expect(addressesOf(3)).toEqual({
    number: 3,
    name: "envoy-gateway-3",
    interface: "egcluster3",
    machine: "10.213.3.1",
    node: "10.213.3.2",
    pods: "10.133.0.0/16",
    services: "10.153.0.0/16",
    loadBalancers: "10.173.0.0/24",
    apiService: "10.153.0.1",
    dnsService: "10.153.0.10",
    cgroup: "egcluster3",
  });
  expect(addressesOf(0).name).toBe("envoy-gateway");
});

test("no two clusters share a name, an address or a range, nor does a cluster use one range twice", () => {
  const words = all.flatMap(({ number, ...rest }) => [...new Set(Object.values(rest))]);
  expect(new Set(words).size).toBe(words.length);
  const ranges = all.flatMap(({ pods, services, loadBalancers, node }) =>
    [pods, services, loadBalancers, node].map((range) => range.split(".").slice(0, 2).join(".")),
  );
  expect(new Set(ranges).size).toBe(3 * all.length + 1);
});

test("interface names fit into the kernel's 15 characters", () => {
  for (const { interface: name } of all) expect(name.length).toBeLessThanOrEqual(15);
});

test.each([-1, 10, 1.5, Number.NaN])("there is no cluster number %s", (number) => {
  expect(() => addressesOf(number)).toThrow("a whole number from 0 to 9");
});

test("the pool leaves room around it for addresses that are asked for by name", () => {
  const { loadBalancers } = addressesOf(0);
  const pool = poolOf(loadBalancers);
  expect([pool[0], pool.at(-1), pool.length]).toEqual(["10.170.0.10", "10.170.0.199", 190]);
  for (const address of [...pool, "10.170.0.250"]) expect(isIn(loadBalancers, address)).toBe(true);
  for (const address of ["10.170.1.10", "10.170.0.256", "10.170.0.", "10.170.0.1x", "1.2.3.4"]) {
    expect(isIn(loadBalancers, address)).toBe(false);
  }
});
