import { beforeEach, expect, test } from "vitest";
import type { KubeObject } from "../../api/object.ts";
import { put, translationWithGateway } from "../policies/testing/objects.ts";
import type { Translation } from "../translation.ts";

let translation: Translation;
beforeEach(() => {
  translation = translationWithGateway();
});

const request = { type: "PathPrefix", value: "/" };

/** A route that matches one path on `a.test`, or what `rule` says. */
function route(
  name: string,
  options: {
    kind?: string;
    namespace?: string;
    path?: string;
    hostname?: string;
    sectionName?: string;
    rule?: object;
  } = {},
): KubeObject {
  const { kind = "HTTPRoute", namespace = "default", path = "/", hostname = "a.test", sectionName, rule } = options;
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind,
    metadata: { name, namespace, generation: 1 },
    spec: {
      parentRefs: [{ namespace: "default", name: "eg", ...(sectionName ? { sectionName } : {}) }],
      hostnames: [hostname],
      rules: [rule ?? { matches: [{ path: { ...request, value: path } }] }],
    },
  };
}

/** Message of the condition by parent, as it stands now. */
function overlaps(name: string, kind = "HTTPRoute"): (string | undefined)[] {
  const parents = translation.statuses.get(`${kind}/default/${name}`)?.body.parents ?? [];
  return parents.map(({ conditions }) => conditions.find(({ type }) => type === "RouteRulesOverlap")?.message);
}

/** Writes objects and returns the routes whose statuses were told. */
function write(...objects: readonly KubeObject[]): string[] {
  put(translation, ...objects);
  return told();
}

const told = (): string[] =>
  translation
    .commit()
    .statuses.map(({ key }) => key)
    .filter((key) => key.includes("Route/"));

test("routes that match the same name each other, and stop when one changes", () => {
  write(route("a"));
  expect(overlaps("a")).toEqual([undefined]);
  expect(write(route("b")).sort()).toEqual(["HTTPRoute/default/a", "HTTPRoute/default/b"]);
  expect(overlaps("a")[0]).toMatch(/^HTTPRoute default\/b matches/);
  expect(overlaps("b")[0]).toMatch(/^HTTPRoute default\/a matches/);
  expect(write(route("c")).sort()).toEqual(["a", "b", "c"].map((name) => `HTTPRoute/default/${name}`));
  expect(overlaps("a")[0]).toMatch(/^HTTPRoute default\/b, HTTPRoute default\/c match /);
  write(route("b", { path: "/b" }), route("c", { path: "/c" }));
  expect(["a", "b", "c"].flatMap((name) => overlaps(name))).toEqual([undefined, undefined, undefined]);
});

/** The Gateway, with a listener for routes of all namespaces. */
const open: KubeObject = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "Gateway",
  metadata: { name: "eg", namespace: "default" },
  spec: {
    gatewayClassName: "eg",
    listeners: [{ name: "http", port: 8080, protocol: "HTTP", allowedRoutes: { namespaces: { from: "All" } } }],
  },
};

test("routes of other namespaces are not named", () => {
  put(translation, open);
  write(route("a"), route("secret", { namespace: "team" }));
  expect(overlaps("a")[0]).toMatch(/^A route of another namespace matches .* Choose other hostnames or paths/);
  write(route("b"), route("more", { namespace: "elsewhere" }));
  expect(overlaps("a")[0]).toMatch(/^HTTPRoute default\/b, routes of other namespaces match /);
  expect(`${overlaps("a")[0]}${overlaps("b")[0]}`).not.toMatch(/secret|more|team|elsewhere/);
});

test("a route that goes is named no more, and its status is gone", () => {
  write(route("a"), route("b"));
  translation.write("HTTPRoute", "default/b", undefined);
  expect(told().sort()).toEqual(["HTTPRoute/default/a", "HTTPRoute/default/b"]);
  expect(overlaps("a")).toEqual([undefined]);
  expect(translation.statuses.get("HTTPRoute/default/b")).toBeUndefined();
});

test("a change that has nothing to do with the overlap tells nothing of the other route", () => {
  write(route("a"), route("b"));
  const rules = [{ matches: [{ path: request }, { path: { ...request, value: "/more" } }] }];
  const changed = route("b");
  expect(write({ ...changed, spec: { ...(changed["spec"] as object), rules } } as KubeObject)).toEqual([]);
});

const twice = { matches: [{ path: request }, { path: request }] };

test.each([
  ["another path", route("b", { path: "/b" })],
  ["another host", route("b", { hostname: "b.test" })],
  ["one more condition", route("b", { rule: { matches: [{ path: request, method: "GET" }] } })],
])("%s is no overlap", (_, other) => {
  write(route("a"), other);
  expect([...overlaps("a"), ...overlaps("b")]).toEqual([undefined, undefined]);
});

test("repetitions within a route are no overlap", () => {
  write(route("a", { rule: twice }));
  expect(overlaps("a")).toEqual([undefined]);
});

test("conditions count in any order, and names of headers in any case", () => {
  const one = { type: "Exact", name: "X-One", value: "1" };
  const two = { type: "Exact", name: "x-two", value: "2" };
  const queryParams = [
    { name: "p", value: "1" },
    { name: "q", value: "2" },
  ];
  write(
    route("a", { rule: { matches: [{ path: request, headers: [one, two], queryParams }] } }),
    route("b", {
      rule: {
        matches: [
          { path: request, headers: [two, { ...one, name: "x-one" }], queryParams: [...queryParams].reverse() },
        ],
      },
    }),
  );
  expect(overlaps("a")[0]).toBeDefined();
});

test("an HTTPRoute and a GRPCRoute can overlap", () => {
  write(
    route("a", { path: "/svc" }),
    route("a", { kind: "GRPCRoute", rule: { matches: [{ method: { service: "svc" } }] } }),
  );
  expect(overlaps("a")[0]).toMatch(/^GRPCRoute default\/a matches/);
  expect(overlaps("a", "GRPCRoute")[0]).toMatch(/^HTTPRoute default\/a matches/);
});

test("only the parent through which routes meet says so", () => {
  const both = route("a");
  const spec = {
    ...(both["spec"] as object),
    parentRefs: ["http", "other"].map((sectionName) => ({ name: "eg", sectionName })),
  };
  write({ ...both, spec } as KubeObject, route("b", { sectionName: "other" }));
  expect(overlaps("a").map((message) => message !== undefined)).toEqual([false, true]);
});
