import { beforeAll, expect, test } from "vitest";
import { httpRoute, useBackend, useGateway } from "./harness/index.ts";

const gateway = useGateway();
const a = useBackend("a");
const b = useBackend("b");
beforeAll(() => gateway().apply(a(), b()));

const changes = (filter: "request" | "response") => `
- type: ${filter === "request" ? "RequestHeaderModifier" : "ResponseHeaderModifier"}
  ${filter}HeaderModifier:
    set: [{ name: X-Set, value: set-by-gateway }]
    add: [{ name: x-add, value: added }]
    remove: [X-Remove]`;

function rule(filters: string): string {
  return `
- filters: ${filters.replaceAll("\n", "\n  ")}
  backendRefs: [{ name: a, port: 80 }]`;
}

test("request headers are set, added and removed, whatever the case of their names", async () => {
  const host = "request-headers.test";
  await gateway().apply(httpRoute("request-headers", host, rule(changes("request"))));
  const { echo } = await gateway().request("/", {
    host,
    headers: { "x-set": ["1", "2"], "X-ADD": "mine", "x-remove": "gone", "x-keep": "kept" },
  });
  expect(echo.headers["x-set"]).toEqual(["set-by-gateway"]);
  expect(echo.headers["x-add"]?.join().split(",")).toEqual(["mine", "added"]);
  expect(echo.headers["x-remove"]).toBeUndefined();
  expect(echo.headers["x-keep"]).toEqual(["kept"]);
});

test("request headers are set and added where the client sends none", async () => {
  const { echo } = await gateway().request("/", { host: "request-headers.test" });
  expect([echo.headers["x-set"], echo.headers["x-add"]]).toEqual([["set-by-gateway"], ["added"]]);
});

test("response headers are set, added and removed", async () => {
  const host = "response-headers.test";
  await gateway().apply(httpRoute("response-headers", host, rule(changes("response"))));
  const order = { headers: { "x-set": ["1", "2"], "x-add": "theirs", "x-remove": "gone", "x-keep": "kept" } };
  const answer = await gateway().request("/", { host, headers: { "x-echo": JSON.stringify(order) } });
  expect(answer.header("x-set")).toEqual(["set-by-gateway"]);
  expect(answer.header("x-add").join().split(",")).toEqual(["theirs", "added"]);
  expect(answer.header("x-remove")).toEqual([]);
  expect(answer.header("x-keep")).toEqual(["kept"]);
});

test("filters of a backendRef change only what goes to that backend and comes from it", async () => {
  const host = "backend-headers.test";
  const filters = (name: string) => `
    filters:
    - type: RequestHeaderModifier
      requestHeaderModifier: { set: [{ name: x-backend, value: to-${name} }] }
    - type: ResponseHeaderModifier
      responseHeaderModifier: { set: [{ name: x-from, value: from-${name} }] }`;
  await gateway().apply(
    httpRoute(
      "backend-headers",
      host,
      `
- backendRefs:
  - name: a
    port: 80${filters("a")}
  - name: b
    port: 80${filters("b")}`,
    ),
  );
  const seen = new Set<string>();
  for (let i = 0; i < 40; i++) {
    const answer = await gateway().request("/", { host, headers: { "x-backend": "mine" } });
    seen.add(answer.echo.pod);
    expect(answer.echo.headers["x-backend"]).toEqual([`to-${answer.echo.pod}`]);
    expect(answer.header("x-from")).toEqual([`from-${answer.echo.pod}`]);
  }
  expect([...seen].sort()).toEqual(["a", "b"]);
});

test("a filter of the only backendRef works, together with one of the rule", async () => {
  const host = "both-headers.test";
  await gateway().apply(
    httpRoute(
      "both-headers",
      host,
      `
- filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { add: [{ name: x-rule, value: "1" }] } }]
  backendRefs:
  - { name: a, port: 80, filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { remove: [x-secret], add: [{ name: x-ref, value: "1" }] } }] }`,
    ),
  );
  const { echo } = await gateway().request("/", { host, headers: { "x-secret": "s" } });
  expect([echo.headers["x-rule"], echo.headers["x-ref"], echo.headers["x-secret"]]).toEqual([["1"], ["1"], undefined]);
});

test("changed header values are used from the next request on, and a removed filter changes nothing any more", async () => {
  const host = "changing-headers.test";
  const set = (value: string) =>
    `- { filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-v, value: "${value}" }] } }], backendRefs: [{ name: a, port: 80 }] }`;
  await gateway().apply(httpRoute("changing-headers", host, set("1")));
  expect((await gateway().request("/", { host })).echo.headers["x-v"]).toEqual(["1"]);
  await gateway().apply(httpRoute("changing-headers", host, set("2")));
  expect((await gateway().request("/", { host })).echo.headers["x-v"]).toEqual(["2"]);
  await gateway().apply(httpRoute("changing-headers", host, "- backendRefs: [{ name: a, port: 80 }]"));
  expect((await gateway().request("/", { host })).echo.headers["x-v"]).toBeUndefined();
});

test("what looks like one of Envoy's substitutions is one, and any other percent sign stays", async () => {
  const host = "percent.test";
  await gateway().apply(
    httpRoute(
      "percent",
      host,
      `- { filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-v, value: "100% of %REQ(:AUTHORITY)% %20 %UNKNOWN%" }] } }], backendRefs: [{ name: a, port: 80 }] }`,
    ),
  );
  expect((await gateway().request("/", { host })).echo.headers["x-v"]).toEqual([`100% of ${host} %20 %UNKNOWN%`]);
});

test("the backend's server header passes, and no header of Envoy's leaves the gateway", async () => {
  const host = "plain.test";
  await gateway().apply(httpRoute("plain", host, "- backendRefs: [{ name: a, port: 80 }]"));
  const answer = await gateway().request("/get", { host });
  expect(answer.headers.server).toBe("echo");
  expect(Object.keys(answer.headers).filter((name) => name.startsWith("x-envoy"))).toEqual([]);
  const forBackend = Object.keys(answer.echo.headers).filter((name) => name.startsWith("x-envoy"));
  expect(forBackend).toEqual(["x-envoy-external-address"]);
});

test("a header whose name has an underscore is refused", async () => {
  const answer = await gateway().request("/", { host: "plain.test", headers: { x_under: "1" } });
  expect(answer.status).toBe(400);
});
