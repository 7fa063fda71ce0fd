import { expect, test } from "vitest";
import { addressesOf, isIn, poolOf } from "../cluster/addresses.ts";
import { staticAddresses, versionOf } from "./installation.ts";

test.each([
  ["docker.io/envoyproxy/gateway:v1.9.0", "v1.9.0"],
  ["localhost:5000/gateway:1.9.0-rc.1", "v1.9.0-rc.1"],
  ["docker.io/envoyproxy/gateway-dev:98bddef1", "v0.0.0-98bddef1"],
  ["docker.io/envoyproxy/gateway:v1.9.0@sha256:00", "v1.9.0"],
  ["localhost:5000/gateway", "v0.0.0-unknown"],
])("image %s is version %s", (image, version) => {
  expect(versionOf(image)).toBe(version);
});

test("a local cluster has an address that can be asked for but is not given out, and one that it never has", () => {
  const { loadBalancers, node } = addressesOf(3);
  const { usable, unusable } = staticAddresses(`https://${node}:6443`) ?? { usable: "", unusable: "" };
  expect(isIn(loadBalancers, usable)).toBe(true);
  expect(poolOf(loadBalancers)).not.toContain(usable);
  expect(isIn(loadBalancers, unusable)).toBe(false);
});

test("nothing is known of the addresses of other clusters", () => {
  expect(staticAddresses("https://cluster.example.com:6443")).toBeUndefined();
});
