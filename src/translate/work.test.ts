import { expect, test } from "vitest";
import { type KubeObject, keyOf } from "../api/object.ts";
import { registry } from "../features/kinds.ts";
import { admit } from "../schema/admit.ts";
import { defaultTranslationOptions } from "./options.ts";
import { Translation, type TranslationChanges } from "./translation.ts";

/** Counts of routes to compare: what a change costs must not depend on them. */
const few = 100;
const many = 10_000;

function gateway(labels: Readonly<Record<string, string>> = {}, name = "eg"): KubeObject {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name, namespace: "default", generation: 1, labels },
    spec: {
      gatewayClassName: "eg",
      listeners: [{ name: "http", port: name === "eg" ? 8080 : 8090, protocol: "HTTP" }],
    },
  };
}

function route(i: number, path = "/", gatewayName = "eg"): KubeObject {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: `r${i}`, namespace: "default" },
    spec: {
      parentRefs: [{ name: gatewayName }],
      hostnames: [`h${i}.test`],
      rules: [{ matches: [{ path: { value: path } }], backendRefs: [{ name: `s${i % 50}`, port: 80 }] }],
    },
  };
}

function service(i: number): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: `s${i}`, namespace: "default" },
    spec: { ports: [{ name: "http", port: 80 }] },
  };
}

function slice(i: number, address: string): KubeObject {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `s${i}`, namespace: "default", labels: { "kubernetes.io/service-name": `s${i}` } },
    addressType: "IPv4",
    ports: [{ name: "http", port: 8080 }],
    endpoints: [{ addresses: [address] }],
  } as KubeObject;
}

/** Admits and writes an object. */
function put(translation: Translation, ...objects: readonly KubeObject[]): void {
  for (const raw of objects) {
    const kind = registry.findKind(raw.apiVersion, raw.kind);
    const admitted = kind && admit(kind, raw);
    if (!admitted?.object) throw new Error(`bad object ${raw.kind}: ${JSON.stringify(admitted?.issues)}`);
    translation.write(raw.kind, keyOf(raw), admitted.object as KubeObject);
  }
}

/** A Gateway with so many routes, all of its Services with an endpoint. */
function world(routes: number): Translation {
  const kinds = registry.kinds.map(({ kind }) => kind);
  const translation = new Translation(defaultTranslationOptions, kinds);
  const gatewayClass = {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "GatewayClass",
    metadata: { name: "eg" },
    spec: { controllerName: defaultTranslationOptions.controllerName },
  };
  put(translation, gatewayClass, gateway(), gateway({}, "second"));
  for (let i = 0; i < 50; i++) put(translation, service(i), slice(i, "10.0.0.1"));
  for (let i = 0; i < routes; i++) put(translation, route(i));
  translation.commit();
  translation.setFleetState("default/eg", { addresses: [], desired: 1, available: 0 });
  translation.commit();
  return translation;
}

const worlds = new Map([few, many].map((size) => [size, world(size)] as const));

const calls = {
  parentRefs: [{ name: "eg" }],
  hostnames: ["h11.test"],
  rules: [{ matches: [{ method: { service: "a.B" } }], backendRefs: [{ name: "s11", port: 80 }] }],
};

type Change = (translation: Translation) => void;

/** What a change makes run and tell, by number of routes. */
function workOf(change: Change): Map<number, TranslationChanges> {
  return new Map(
    [...worlds].map(([size, translation]) => {
      change(translation);
      return [size, translation.commit()];
    }),
  );
}

const ran = (changes: TranslationChanges | undefined) => Object.fromEntries(changes?.report.computed ?? []);
const total = (changes: TranslationChanges | undefined) =>
  [...(changes?.report.computed.values() ?? [])].reduce((sum, count) => sum + count, 0);

const changesOfOneObject: readonly (readonly [what: string, change: Change])[] = [
  ["a route's match changes", (translation) => put(translation, route(7, "/changed"))],
  ["a route is added", (translation) => put(translation, route(1_000_000))],
  ["a route is removed", (translation) => translation.write("HTTPRoute", "default/r1000000", undefined)],
  ["a GRPCRoute is added", (translation) => put(translation, { ...route(1_000_001), kind: "GRPCRoute", spec: calls })],
  ["a route moves to another Gateway", (translation) => put(translation, route(8, "/", "second"))],
  ["an endpoint changes", (translation) => put(translation, slice(3, "10.0.0.9"))],
  ["a Gateway's label changes", (translation) => put(translation, gateway({ a: "1" }))],
  [
    "the infrastructure tells a state",
    (translation) =>
      translation.setFleetState("default/eg", {
        addresses: [{ type: "IPAddress", value: "10.9.9.9" }],
        desired: 1,
        available: 1,
      }),
  ],
];

test.each(changesOfOneObject)("%s: the work does not grow with the number of routes", (_, change) => {
  const work = workOf(change);
  expect(ran(work.get(many))).toEqual(ran(work.get(few)));
  expect(total(work.get(many))).toBeGreaterThan(0);
  expect(total(work.get(many))).toBeLessThan(40);
});

test("a changed route is translated, and no other; one virtual host is told", () => {
  for (const changes of workOf((translation) => put(translation, route(9, "/once"))).values()) {
    expect(ran(changes)).toMatchObject({ httpRoutes: 1, virtualHosts: 1 });
    expect([...changes.xds.values()].map((change) => Object.keys(change))).toEqual([["virtualHost"]]);
    expect(changes.xds.get("default/eg")?.virtualHost).toHaveLength(1);
  }
});

test("a changed endpoint is told as one set of endpoints; no route is translated, no cluster changes", () => {
  for (const changes of workOf((translation) => put(translation, slice(4, "10.0.0.7"))).values()) {
    expect(ran(changes)).not.toHaveProperty("httpRoutes");
    expect(ran(changes)).not.toHaveProperty("virtualHosts");
    expect(changes.xds.get("default/eg")).toEqual({
      endpoint: [expect.objectContaining({ name: "service/default/s4/80" })],
    });
    expect(changes.statuses).toEqual([]);
  }
});

test("a changed label of a Gateway translates no route and tells nothing to Envoys", () => {
  for (const changes of workOf((translation) => put(translation, gateway({ b: "2" }))).values()) {
    expect(ran(changes)).not.toHaveProperty("httpRoutes");
    expect(changes.xds.size).toBe(0);
  }
});

test("a fleet's state changes its Gateway's status and nothing else", () => {
  const state = { addresses: [{ type: "IPAddress" as const, value: "10.8.8.8" }], desired: 2, available: 1 };
  for (const changes of workOf((translation) => translation.setFleetState("default/eg", state)).values()) {
    expect(ran(changes)).not.toHaveProperty("httpRoutes");
    expect(changes.statuses.map(({ key }) => key)).toEqual(["Gateway/default/eg"]);
    expect(changes.xds.size).toBe(0);
  }
});

test("a Service's last endpoint goes: only the routes that use the Service are looked at again", () => {
  const before = worlds.get(few);
  if (!before) throw new Error("no world");
  before.write("EndpointSlice", "default/s5", undefined);
  const changes = before.commit();
  // 100 routes over 50 Services: two use this one.
  expect(ran(changes)).toMatchObject({ httpRoutes: 2 });
});
