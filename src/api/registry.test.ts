import { expect, test } from "vitest";
import { HTTPRoute } from "./gateway-api/httproute.ts";
import { apiKinds, createRegistry } from "./registry.ts";
import { EnvoyHTTPRouteFilter } from "./v1alpha1/httproutefilter.ts";

const registry = createRegistry(apiKinds);

test("a kind is found by the group, version and kind that an object names", () => {
  expect(registry.findKind("gateway.networking.k8s.io/v1", "HTTPRoute")).toBe(HTTPRoute);
  expect(registry.findKind("v1", "Service")?.plural).toBe("services");
  expect(registry.findKind("gateway.envoyproxy.io/v1alpha1", "HTTPRouteFilter")).toBe(EnvoyHTTPRouteFilter);
});

test.each([
  ["gateway.networking.k8s.io/v1beta1", "HTTPRoute"],
  ["gateway.networking.k8s.io/v1beta1", "ReferenceGrant"],
  ["gateway.networking.k8s.io/v1alpha2", "TLSRoute"],
  ["gateway.networking.k8s.io/v1alpha3", "TLSRoute"],
  ["gateway.networking.k8s.io/v1alpha2", "GRPCRoute"],
  ["gateway.networking.k8s.io/v1alpha3", "BackendTLSPolicy"],
])("%s of %s is read as well", (apiVersion, kind) => {
  expect(registry.findKind(apiVersion, kind)?.kind).toBe(kind);
});

test("a version that a kind never had, a foreign group and an unknown kind are not found", () => {
  expect(registry.findKind("gateway.networking.k8s.io/v7", "HTTPRoute")).toBeUndefined();
  expect(registry.findKind("example.com/v1", "HTTPRoute")).toBeUndefined();
  expect(registry.findKind("v1", "HTTPRoute")).toBeUndefined();
  expect(registry.findKind("gateway.networking.k8s.io/v1", "HTTPRoutes")).toBeUndefined();
});

test("a kind is found by its name, plural and short name in any case", () => {
  for (const name of ["gatewayclass", "GatewayClasses", "gc", "GC"])
    expect(registry.kindByName(name)?.kind).toBe("GatewayClass");
  expect(registry.kindByName("nothing")).toBeUndefined();
});

test("a misspelt kind gets a suggestion, a wholly different word none", () => {
  expect(registry.suggestKind("HttpRoute")).toBe("HTTPRoute");
  expect(registry.suggestKind("HTTPRuote")).toBe("HTTPRoute");
  expect(registry.suggestKind("httproutes")).toBe("HTTPRoute");
  expect(registry.suggestKind("VirtualService")).toBeUndefined();
});

test("kinds that mean something to a cluster only are known and ignored", () => {
  expect(registry.findKind("apps/v1", "Deployment")?.ignored).toBe(true);
  expect(registry.findKind("v1", "ServiceAccount")?.ignored).toBe(true);
  expect(registry.findKind("v1", "Service")?.ignored).toBeUndefined();
});

test("registering a kind twice is refused, the same name in another group is not", () => {
  expect(() => createRegistry([HTTPRoute, HTTPRoute])).toThrow(
    "gateway.networking.k8s.io/HTTPRoute is registered twice",
  );
  expect(createRegistry([HTTPRoute, { ...HTTPRoute, group: "example.com" }]).kindByName("httproute")).toBe(HTTPRoute);
});

test("each kind of this gateway has a text for its reference page at every field", () => {
  const untold: string[] = [];
  for (const kind of apiKinds) {
    if (kind.ignored !== true) collectUntold(kind.schema.properties?.["spec"], kind.kind, untold);
  }
  expect(untold).toEqual([]);
});

function collectUntold(schema: (typeof HTTPRoute)["schema"] | undefined, path: string, untold: string[]): void {
  for (const [name, field] of Object.entries(schema?.properties ?? {})) {
    if (!field.description) untold.push(`${path}.${name}`);
    collectUntold(field, `${path}.${name}`, untold);
    if (field.items) collectUntold(field.items, `${path}.${name}[]`, untold);
    if (field.additionalProperties) collectUntold(field.additionalProperties, `${path}.${name}{}`, untold);
  }
}
