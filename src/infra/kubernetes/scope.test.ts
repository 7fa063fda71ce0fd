import fc from "fast-check";
import { expect, test } from "vitest";
import { aliasMetadata, scopeOf } from "./scope.ts";
import { defaults, fleet } from "./test-cluster.ts";

/** What every version of Kubernetes takes as the name of a Service (RFC 1035). */
const serviceName = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const gatewayName = fc.stringMatching(
  /^[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?){0,3}$/,
);

test("whatever a Gateway is called, its Services have names that Kubernetes takes", () => {
  fc.assert(
    fc.property(gatewayName, (name) => {
      const spec = fleet(`shop/${name}`);
      expect(scopeOf(spec, { ...defaults, deploy: "GatewayNamespace" }).name).toMatch(serviceName);
      expect(aliasMetadata(scopeOf(spec, defaults))?.name).toMatch(serviceName);
    }),
  );
});

test("two Gateways never have the same names", () => {
  const names = ["1gw", "gw-1gw", "1.gw", "1-gw", "gw-1-gw", "1gw".padEnd(80, "x"), "1gw".padEnd(81, "x")];
  const of = names.map((name) => scopeOf(fleet(`shop/${name}`), { ...defaults, deploy: "GatewayNamespace" }).name);
  expect(new Set(of).size).toBe(names.length);
});
