import { expect, test } from "vitest";
import {
  attached,
  expectAttached,
  expectExchanges,
  expectListeners,
  expectParents,
  route,
  sound,
  useTestBed,
} from "./support/index.ts";

const { gateway, apply } = useTestBed();

const eg = "Gateway default/eg";
const rule = (matches: string, backend: string) =>
  `- { matches: [${matches}], backendRefs: [{ name: ${backend}, port: 80 }] }`;
const exact = (path: string) => `{ path: { type: Exact, value: ${path} } }`;
const prefix = (path: string, more = "") => `{ path: { type: PathPrefix, value: ${path} }${more} }`;
const header = (...pairs: readonly string[]) =>
  `headers: [${pairs.map((pair) => `{ name: ${pair.split("=")[0]}, value: ${pair.split("=")[1]} }`).join(", ")}]`;

test("HTTPRouteSimpleSameNamespace: a route of the Gateway's namespace is served", async () => {
  await apply(
    route("HTTPRoute", "simple", { parents: "- name: eg", rules: "- backendRefs: [{ name: v1, port: 80 }]" }),
  );
  expectAttached(gateway(), eg, "HTTPRoute default/simple");
  await expectExchanges(gateway(), {}, [{ path: "/", backend: "v1" }]);
});

test("HTTPRouteExactPathMatching: a path is matched whole and with its case", async () => {
  const rules = [rule(exact("/first"), "v1"), rule(exact("/second"), "v2")].join("\n");
  await apply(route("HTTPRoute", "exact", { rules }));
  expectAttached(gateway(), eg, "HTTPRoute default/exact");
  await expectExchanges(gateway(), {}, [
    { path: "/first", backend: "v1" },
    { path: "/second", backend: "v2" },
    ...["/", "/first/more", "/second/", "/Second"].map((path) => ({ path, status: 404 })),
  ]);
});

test("HTTPRouteMatching: path prefixes and headers are alternatives, prefixes end at a segment's border", async () => {
  const rules = [
    rule(`${prefix("/")}, { ${header("release=old")} }`, "v1"),
    rule(`${prefix("/next")}, { ${header("release=new")} }`, "v2"),
  ].join("\n");
  await apply(route("HTTPRoute", "matching", { rules }));
  expectAttached(gateway(), eg, "HTTPRoute default/matching");
  await expectExchanges(gateway(), {}, [
    ...["/", "/any", "/nextdoor", "/away/next/any"].map((path) => ({ path, backend: "v1" })),
    ...["/next", "/next/", "/next/any"].map((path) => ({ path, backend: "v2" })),
    { path: "/", headers: { Release: "old" }, backend: "v1" },
    { path: "/", headers: { Release: "new" }, backend: "v2" },
  ]);
});

test("HTTPRouteMatchingAcrossRoutes: matches of several routes are ordered together, each for its own hosts", async () => {
  await apply(
    route("HTTPRoute", "both", {
      hostnames: ["one.test", "two.test"],
      rules: rule(`${prefix("/")}, { ${header("release=old")} }`, "v1"),
    }),
    route("HTTPRoute", "one", {
      hostnames: ["one.test"],
      rules: rule(`${prefix("/next")}, { ${header("release=new")} }`, "v2"),
    }),
  );
  expectAttached(gateway(), eg, "HTTPRoute default/both", "HTTPRoute default/one");
  await expectExchanges(gateway(), { host: "one.test" }, [
    { path: "/", backend: "v1" },
    { path: "/any", backend: "v1" },
    { path: "/any", host: "two.test", backend: "v1" },
    { path: "/any", headers: { Release: "old" }, backend: "v1" },
    { path: "/next", backend: "v2" },
    { path: "/next", host: "two.test", backend: "v1" },
    { path: "/next/any", backend: "v2" },
    { path: "/", headers: { Release: "new" }, backend: "v2" },
  ]);
});

test("HTTPRouteHeaderMatching: all headers of a match count, more of them before fewer", async () => {
  const rules = [
    rule(`{ ${header("size=s")} }`, "v1"),
    rule(`{ ${header("size=m")} }`, "v2"),
    rule(`{ ${header("size=m", "form=round")} }`, "v1"),
    rule(`{ ${header("form=square")} }, { ${header("form=flat")} }`, "v1"),
    rule(`{ ${header("form=thin")} }, { ${header("form=thick")} }`, "v2"),
  ].join("\n");
  await apply(route("HTTPRoute", "headers", { rules }));
  expectAttached(gateway(), eg, "HTTPRoute default/headers");
  const taker: [Record<string, string>, string | 404][] = [
    [{ Size: "s" }, "v1"],
    [{ Size: "m" }, "v2"],
    [{ Size: "m", Form: "round" }, "v1"],
    [{ Size: "m", Form: "square" }, "v2"],
    [{ Form: "square" }, "v1"],
    [{ Form: "flat" }, "v1"],
    [{ Form: "thin" }, "v2"],
    [{ Form: "thick" }, "v2"],
    [{ Form: "round" }, 404],
    [{ Form: "crooked" }, 404],
    [{ Measure: "s" }, 404],
  ];
  await expectExchanges(
    gateway(),
    { path: "/" },
    taker.map(([headers, to]) => ({ path: "/", headers, ...(to === 404 ? { status: 404 } : { backend: to }) })),
  );
});

test("HTTPRouteMethodMatching: a method goes with paths and headers; paths come first, then methods, then headers", async () => {
  const rules = [
    rule("{ method: POST }", "v1"),
    rule("{ method: GET }", "v2"),
    rule(prefix("/a", ", method: GET"), "v1"),
    rule(`{ method: PUT, ${header("step=1")} }`, "v2"),
    rule(prefix("/b", `, method: POST, ${header("step=2")}`), "v3"),
    rule(`${prefix("/c", ", method: PATCH")}, ${prefix("/d", `, method: DELETE, ${header("step=3")}`)}`, "v1"),
    rule(prefix("/e"), "v1"),
    rule("{ method: PATCH }", "v2"),
    rule(`{ ${header("step=4")} }`, "v3"),
  ].join("\n");
  await apply(route("HTTPRoute", "methods", { rules: rules.replaceAll(/(step, value: )(\d)/g, '$1"$2"') }));
  expectAttached(gateway(), eg, "HTTPRoute default/methods");
  await expectExchanges(gateway(), {}, [
    { path: "/", method: "POST", backend: "v1" },
    { path: "/", method: "GET", backend: "v2" },
    { path: "/", method: "HEAD", status: 404 },
    { path: "/a", method: "GET", backend: "v1" },
    { path: "/", method: "PUT", headers: { step: "1" }, backend: "v2" },
    { path: "/b", method: "POST", headers: { step: "2" }, backend: "v3" },
    { path: "/c", method: "PATCH", backend: "v1" },
    { path: "/d", method: "DELETE", headers: { step: "3" }, backend: "v1" },
    { path: "/", method: "PUT", status: 404 },
    { path: "/d", method: "DELETE", status: 404 },
    { path: "/e", method: "PATCH", backend: "v1" },
    { path: "/", method: "PATCH", headers: { step: "4" }, backend: "v2" },
  ]);
});

test("HTTPRouteQueryParamMatching: parameters are compared exactly, more of them before fewer, headers before parameters", async () => {
  const query = (...pairs: readonly string[]) => header(...pairs).replace("headers", "queryParams");
  const rules = [
    rule(`{ ${query("pet=cat")} }`, "v1"),
    rule(`{ ${query("pet=dog")} }`, "v2"),
    rule(`{ ${query("pet=dog", "age=old")} }, { ${query("PET=Cat")} }`, "v3"),
    rule(prefix("/a", `, ${query("pet=cat")}`), "v1"),
    rule(`{ ${header("step=one")}, ${query("pet=cat")} }`, "v2"),
    rule(prefix("/b", `, ${header("step=two")}, ${query("pet=cat")}`), "v3"),
    rule(
      `${prefix("/c", `, ${query("pet=owl")}`)}, ${prefix("/d", `, ${header("step=three")}, ${query("pet=eel")}`)}`,
      "v1",
    ),
    rule(prefix("/e"), "v1"),
    rule(`{ ${query("pet=bat")} }`, "v2"),
    rule(`{ ${header("step=four")} }`, "v3"),
  ].join("\n");
  await apply(route("HTTPRoute", "query", { rules }));
  expectAttached(gateway(), eg, "HTTPRoute default/query");
  await expectExchanges(gateway(), {}, [
    { path: "/?pet=cat", backend: "v1" },
    { path: "/?pet=dog", backend: "v2" },
    { path: "/?pet=dog&age=old", backend: "v3" },
    { path: "/?PET=Cat", backend: "v3" },
    { path: "/?pet=cat&more=less", backend: "v1" },
    { path: "/?pet=dog&age=new", backend: "v2" },
    ...["/?age=old", "/?pet=fox", "/?pet=catdog", "/", "/?pet=owl", "/d?pet=eel"].map((path) => ({
      path,
      status: 404,
    })),
    { path: "/a?pet=cat", backend: "v1" },
    { path: "/?pet=cat", headers: { step: "one" }, backend: "v2" },
    { path: "/b?pet=cat", headers: { step: "two" }, backend: "v3" },
    { path: "/c?pet=owl", backend: "v1" },
    { path: "/d?pet=eel", headers: { step: "three" }, backend: "v1" },
    { path: "/e?pet=bat", backend: "v1" },
    { path: "/?pet=bat", headers: { step: "four" }, backend: "v3" },
  ]);
});

test("HTTPRoutePathMatchOrder: exact paths come first, then longer prefixes", async () => {
  const rules = [
    rule(exact("/way"), "v1"),
    rule(exact("/way/on"), "v2"),
    rule(exact("/way/on/up"), "v3"),
    rule(prefix("/way/"), "v3"),
    rule(prefix("/way/by/"), "v1"),
    rule(prefix("/way/by/sea"), "v2"),
  ].join("\n");
  await apply(route("HTTPRoute", "order", { rules }));
  expectAttached(gateway(), eg, "HTTPRoute default/order");
  await expectExchanges(gateway(), {}, [
    { path: "/way", backend: "v1" },
    { path: "/way/on", backend: "v2" },
    { path: "/way/on/up", backend: "v3" },
    { path: "/way/by/sea/far", backend: "v2" },
    { path: "/way/by/far", backend: "v1" },
    { path: "/way/far", backend: "v3" },
  ]);
});

test("HTTPRouteRuleOrder: of equal matches the first rule's counts, even if its backend is missing", async () => {
  await apply(
    route("HTTPRoute", "equal", {
      rules: [
        rule(`{ path: { type: Exact, value: /equal }, ${header("x-a=one", "x-b=two")} }`, "v1"),
        rule(`{ path: { type: Exact, value: /equal }, ${header("x-b=two", "x-a=one")} }`, "v2"),
      ].join("\n"),
    }),
    route("HTTPRoute", "missing", {
      rules: [rule(exact("/missing"), "nowhere"), rule(exact("/missing"), "v2")].join("\n"),
    }),
  );
  expectAttached(gateway(), eg, "HTTPRoute default/equal");
  expectParents(gateway(), "HTTPRoute default/missing", {
    [eg]: ["Accepted=True Accepted", "ResolvedRefs=False BackendNotFound"],
  });
  await expectExchanges(gateway(), {}, [
    { path: "/equal", headers: { "x-b": "two", "x-a": "one" }, backend: "v1" },
    { path: "/missing", status: 500 },
  ]);
});

test("HTTPRouteNamedRule: rules with and without a name are served", async () => {
  const rules = `
- { name: first, matches: [${prefix("/named")}], backendRefs: [{ name: v1, port: 80 }] }
${rule(prefix("/plain"), "v2")}`;
  await apply(route("HTTPRoute", "names", { rules }));
  expectAttached(gateway(), eg, "HTTPRoute default/names");
  await expectExchanges(gateway(), {}, [
    { path: "/named", backend: "v1" },
    { path: "/plain", backend: "v2" },
  ]);
});

test("HTTPRouteObservedGenerationBump: a changed route's conditions are about its new generation", async () => {
  const manifest = (backend: string) =>
    route("HTTPRoute", "bump", { rules: `- backendRefs: [{ name: ${backend}, port: 80 }]` });
  await apply(manifest("v1"));
  expectAttached(gateway(), eg, "HTTPRoute default/bump");
  const before = gateway().translation.statuses.get("HTTPRoute/default/bump")?.generation ?? 0;
  await apply(manifest("v2"));
  expectAttached(gateway(), eg, "HTTPRoute default/bump");
  expect(gateway().translation.statuses.get("HTTPRoute/default/bump")?.generation).toBe(before + 1);
  await expectExchanges(gateway(), {}, [{ path: "/", backend: "v2" }]);
});

test("HTTPRouteMultipleGateways: a route of two Gateways is served by both, others by their own only", async () => {
  const second = gateway().ports[1];
  await apply(
    `---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: second, namespace: default }
spec:
  gatewayClassName: eg
  listeners: [{ name: http, protocol: HTTP, port: ${second} }]
`,
    route("HTTPRoute", "shared", { parents: "- name: eg\n- name: second", rules: rule(prefix("/shared"), "v1") }),
    route("HTTPRoute", "first-only", { rules: rule(prefix("/"), "v2") }),
    route("HTTPRoute", "second-only", { parents: "- name: second", rules: rule(prefix("/"), "v3") }),
  );
  const other = "Gateway default/second";
  expectParents(gateway(), "HTTPRoute default/shared", { [eg]: attached, [other]: attached });
  expectAttached(gateway(), eg, "HTTPRoute default/first-only");
  expectAttached(gateway(), other, "HTTPRoute default/second-only");
  expectListeners(gateway(), other, { http: { kinds: ["HTTPRoute"], attached: 2, conditions: sound } });
  await expectExchanges(gateway(), {}, [
    { path: "/shared", backend: "v1" },
    { path: "/", backend: "v2" },
  ]);
  await expectExchanges(gateway(), { port: second ?? 0 }, [
    { path: "/shared", backend: "v1" },
    { path: "/", backend: "v3" },
  ]);
});
