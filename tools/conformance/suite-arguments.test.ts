import { expect, test } from "vitest";
import { officialTests } from "../../test/conformance/catalog.ts";
import { type Options, parseOptions } from "./options.ts";
import { expectedTests, suiteArguments, type Target } from "./suite-arguments.ts";

const parse = (environment: NodeJS.ProcessEnv): Options => {
  const options = parseOptions(environment);
  if ("error" in options) throw new Error(options.error);
  return options;
};

const target: Target = {
  gatewayClass: "tested",
  installation: { mode: "GatewayNamespace", controllerName: "example.com/controller", version: "v1.2.3" },
  addresses: { usable: "10.0.0.250", unusable: "192.0.2.1" },
  report: "report.yaml",
};

/** Flags by name. */
const flags = (environment: NodeJS.ProcessEnv, about = target): Record<string, string> =>
  Object.fromEntries(
    suiteArguments(parse(environment), about).map((argument) => {
      const at = argument.indexOf("=");
      return [argument.slice(0, at).replace(/^--?/, ""), argument.slice(at + 1)];
    }),
  );

test("the claim is the GatewayClass's own: no flag says what is supported, and nothing is left out", () => {
  const all = flags({});
  expect(all).toMatchObject({
    "gateway-class": "tested",
    "test.run": "^TestConformance$",
    mode: "gateway-namespace-mode",
  });
  for (const flag of [
    "supported-features",
    "all-features",
    "exempt-features",
    "run-test",
    "skip-tests",
    "skip-provisional-tests",
  ])
    expect(all).not.toHaveProperty(flag);
});

test("named tests run whether they are claimed or not, and no others", () => {
  const { "test.run": pattern, "supported-features": claim } = flags({ RUN: "GRPCRouteWeight,HTTPRouteCORS" });
  expect(pattern).toBe("^TestConformance$/^(GRPCRouteWeight|HTTPRouteCORS)$");
  expect(claim).toBe("Gateway,GRPCRoute,HTTPRoute,HTTPRouteCORS");
});

test("tests of the core are asked for by name, those of the chosen profiles, with the whole claim", () => {
  const { "test.run": run, ...others } = flags({ SUITE: "core", PROFILES: "TLS,UDP" });
  expect(run).toMatch(/^\^TestConformance\$\/\^\(.*\bTLSRouteSimpleSameNamespace\b.*\)\$$/);
  expect(run).toContain("UDPRouteWeightedRouting");
  expect(run).not.toMatch(/HTTPRouteWeight|TCPRoute|ListenerSetHTTPRouting/);
  expect(others["supported-features"]).toBeUndefined();
});

test("addresses that are given go before the local cluster's; elsewhere there are none unless given", () => {
  expect(flags({ USABLE_ADDRESS: "10.9.9.9" })).toMatchObject({
    "usable-address": "10.9.9.9",
    "unusable-address": "192.0.2.1",
  });
  expect(flags({}, { ...target, addresses: undefined })).not.toHaveProperty("usable-address");
});

test("expected are the tests all of whose features are claimed, without those to be left out", () => {
  const claim = ["Gateway", "ReferenceGrant", "GRPCRoute", "GRPCRouteNamedRouteRule"];
  const tests = expectedTests(parse({ SKIP: "GRPCRouteWeight" }), claim);
  expect(tests).toContain("GRPCRouteNamedRule");
  expect(tests).toContain("GatewayInvalidRouteKind");
  expect(tests).not.toContain("GRPCRouteWeight");
  expect(tests).not.toContain("GRPCRouteRequestHeaderModifier");
});

test("of the core, those are expected that need nothing else, whatever is claimed", () => {
  const tests = expectedTests(parse({ SUITE: "core" }), []);
  expect(tests).toContain("HTTPRouteSimpleSameNamespace");
  expect(tests).toContain("UDPRoute");
  expect(
    tests.every((name) => officialTests[name]?.every((feature) => /^([A-Z]+Route|ReferenceGrant)$/.test(feature))),
  ).toBe(true);
});
