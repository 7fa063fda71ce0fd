import { beforeAll, expect, test } from "vitest";
import { httpRoute, useBackend, useGateway } from "./harness/index.ts";

const gateway = useGateway();
const a = useBackend("a");
const b = useBackend("b");
beforeAll(() => gateway().apply(a(), b()));

const filter = (name: string, spec: string) => `---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: HTTPRouteFilter
metadata: { name: ${name}, namespace: default }
spec: ${spec}
`;
const secret = (name: string, credential: string) => `---
apiVersion: v1
kind: Secret
metadata: { name: ${name}, namespace: default }
stringData: { credential: ${credential} }
`;
const ref = (name: string) =>
  `{ type: ExtensionRef, extensionRef: { group: gateway.envoyproxy.io, kind: HTTPRouteFilter, name: ${name} } }`;
const toA = "backendRefs: [{ name: a, port: 80 }]";

/** A route of its own host with one rule that has one filter. */
async function withFilter(name: string, spec: string, rule = toA): Promise<string> {
  const host = `${name}.test`;
  await gateway().apply(filter(name, spec), httpRoute(name, host, `- { filters: [${ref(name)}], ${rule} }`));
  return host;
}

test("the host comes from a header, and stays without it", async () => {
  const host = await withFilter("from-header", "{ urlRewrite: { hostname: { type: Header, header: x-host } } }");
  const { echo } = await gateway().request("/", { host, headers: { "x-host": "other.test" } });
  expect([echo.host, echo.headers["x-forwarded-host"]]).toEqual(["other.test", [host]]);
  expect((await gateway().request("/", { host })).echo.host).toBe(host);
});

test("the host comes from the path, and the backend is told the former one only if it shall be", async () => {
  const host = await withFilter(
    "from-path",
    `{ urlRewrite: { appendXForwardedHost: false, hostname: { type: PathRegex, pathRegex: { pattern: "^/([a-z]+)/.*", substitution: '\\1.inner.test' } } } }`,
  );
  const { echo } = await gateway().request("/shop/x", { host });
  expect([echo.host, echo.path, echo.headers["x-forwarded-host"]]).toEqual(["shop.inner.test", "/shop/x", undefined]);
});

test("the host is the chosen endpoint's", async () => {
  await gateway().apply(`
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: { name: named, namespace: default }
spec: { endpoints: [{ fqdn: { hostname: localhost, port: ${a().port} } }] }
`);
  const host = await withFilter(
    "from-backend",
    "{ urlRewrite: { hostname: { type: Backend } } }",
    "backendRefs: [{ group: gateway.envoyproxy.io, kind: Backend, name: named }]",
  );
  expect((await gateway().request("/", { host })).echo.host).toBe("localhost");
});

test("an expression rewrites the path and leaves the query alone", async () => {
  const host = await withFilter(
    "regex",
    `{ urlRewrite: { path: { type: ReplaceRegexMatch, replaceRegexMatch: { pattern: "^/service/([^/]+)(/.*)$", substitution: '\\2/instance/\\1' } } } }`,
  );
  expect((await gateway().request("/service/foo/v1/api?q=1", { host })).echo.path).toBe("/v1/api/instance/foo?q=1");
});

test("an answer is made up from text, a ConfigMap or its bytes, with its headers", async () => {
  const image = Buffer.from([137, 80, 78, 71, 37, 0]);
  await gateway().apply(`
apiVersion: v1
kind: ConfigMap
metadata: { name: page, namespace: default }
data: { response.body: "${"x".repeat(9_000)}" }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: image, namespace: default }
binaryData: { image.png: ${image.toString("base64")} }
`);
  const text = await withFilter(
    "inline",
    `{ directResponse: { statusCode: 418, contentType: application/json, body: { inline: '100% %REQ(X-WHO)%' }, header: { add: [{ name: x-a, value: b }] } } }`,
  );
  const answer = await gateway().request("/", { host: text, headers: { "x-who": "jo" } });
  expect([answer.status, answer.body, answer.headers["content-type"], answer.headers["x-a"]]).toEqual([
    418,
    "100% jo",
    "application/json",
    "b",
  ]);
  const refTo = (name: string) =>
    `{ directResponse: { body: { type: ValueRef, valueRef: { group: "", kind: ConfigMap, name: ${name} } } } }`;
  const page = await gateway().request("/", { host: await withFilter("page", refTo("page")) });
  expect([page.status, page.body.length]).toEqual([200, 9_000]);
  const bytes = await gateway().request("/", { host: await withFilter("image", refTo("image")) });
  expect(bytes.headers["content-length"]).toBe(String(image.length));
});

test("a credential is put into requests, replaces the client's only if it shall, and follows its Secret", async () => {
  await gateway().apply(secret("one", "Bearer one"));
  const injection = (more: string) => `{ credentialInjection: { ${more}credential: { valueRef: { name: one } } } }`;
  const kept = await withFilter("kept", injection(""));
  const replaced = await withFilter("replaced", injection("overwrite: true, "));
  const other = await withFilter("other-header", injection("header: x-key, "));
  const seen = async (host: string, headers: Record<string, string> = {}) =>
    (await gateway().request("/", { host, headers })).echo.headers;
  expect((await seen(kept))["authorization"]).toEqual(["Bearer one"]);
  expect((await seen(kept, { authorization: "mine" }))["authorization"]).toEqual(["mine"]);
  expect((await seen(replaced, { authorization: "mine" }))["authorization"]).toEqual(["Bearer one"]);
  expect((await seen(other))["x-key"]).toEqual(["Bearer one"]);
  await gateway().apply(secret("one", "Bearer two"));
  expect((await seen(kept))["authorization"]).toEqual(["Bearer two"]);
});

test("each backend gets its own credential", async () => {
  const host = "per-backend.test";
  await gateway().apply(
    secret("for-b", "Bearer b"),
    filter("for-b", "{ credentialInjection: { credential: { valueRef: { name: for-b } } } }"),
    httpRoute(
      "per-backend",
      host,
      `- { backendRefs: [{ name: a, port: 80 }, { name: b, port: 80, filters: [${ref("for-b")}] }] }`,
    ),
  );
  const seen = new Set<string>();
  for (let i = 0; i < 40; i++) {
    const { echo } = await gateway().request("/", { host });
    seen.add(`${echo.pod} ${echo.headers["authorization"] ?? "none"}`);
  }
  expect([...seen].sort()).toEqual(["a none", "b Bearer b"]);
});

test("cookies decide, and a request without them goes to the next rule", async () => {
  const host = "cookies.test";
  await gateway().apply(
    filter(
      "cookies",
      `{ matches: [{ cookies: [{ name: group, value: beta }] }, { cookies: [{ name: id, type: RegularExpression, value: "1[0-9]" }, { name: ok, value: "yes" }] }] }`,
    ),
    httpRoute(
      "cookies",
      host,
      `- { filters: [${ref("cookies")}], ${toA} }\n- { backendRefs: [{ name: b, port: 80 }] }`,
    ),
  );
  const pod = async (cookie: string) => (await gateway().request("/", { host, headers: { cookie } })).echo.pod;
  for (const cookie of ["group=beta", "x=1; group=beta; y=2", "id=12; ok=yes"]) expect(await pod(cookie)).toBe("a");
  for (const cookie of ["", "group=alpha", "agroup=beta", "id=12", "id=123; ok=yes"])
    expect(await pod(cookie)).toBe("b");
});

test("a filter that does not exist makes the rule answer 500 until it appears", async () => {
  const host = "late.test";
  await gateway().apply(httpRoute("late", host, `- { filters: [${ref("late")}], ${toA} }`));
  expect((await gateway().request("/", { host })).status).toBe(500);
  expect(gateway().conditions("HTTPRoute default/late")).toContain("ResolvedRefs=False UnsupportedValue");
  await gateway().apply(filter("late", "{ directResponse: { statusCode: 204 } }"));
  expect((await gateway().request("/", { host })).status).toBe(204);
  await gateway().delete("HTTPRouteFilter default/late");
  expect((await gateway().request("/", { host })).status).toBe(500);
});

test("no filter of a route drains the connections of its listener", async () => {
  const modified = async () => /listener_modified: (\d+)/.exec(await gateway().admin("/stats"))?.[1];
  const before = await modified();
  const host = await withFilter("undisturbed", "{ directResponse: { statusCode: 204 } }");
  await gateway().apply(secret("two", "Bearer x"));
  await withFilter("undisturbed", "{ credentialInjection: { credential: { valueRef: { name: two } } } }");
  expect((await gateway().request("/", { host })).echo.headers["authorization"]).toEqual(["Bearer x"]);
  expect([before, await modified()]).toEqual(["0", "0"]);
});
