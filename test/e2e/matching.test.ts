import { beforeAll, expect, test } from "vitest";
import { httpRoute, type RequestOptions, useBackend, useGateway } from "./harness/index.ts";

const gateway = useGateway();
const backends = ["a", "b", "c", "d", "e", "f"].map((name) => useBackend(name));
beforeAll(() => gateway().apply(...backends.map((backend) => backend())));

/** Rules as `match → backend`, in the order given. */
function rules(pairs: readonly (readonly [matches: string, backend: string])[]): string {
  return pairs
    .map(([matches, name]) => `- { matches: [${matches}], backendRefs: [{ name: ${name}, port: 80 }] }`)
    .join("\n");
}

/** Name of the backend that took the request, or the status. */
async function taker(path: string, options: RequestOptions): Promise<string | number> {
  const answer = await gateway().request(path, options);
  return answer.status === 200 ? answer.echo.pod : answer.status;
}

test("a path prefix ends at the border of a segment, and a slash at its end does not count", async () => {
  const host = "prefix.test";
  await gateway().apply(
    httpRoute(
      "prefix",
      host,
      rules([
        ["{ path: { value: /foo } }", "a"],
        ["{ path: { value: /bar/ } }", "b"],
      ]),
    ),
  );
  for (const path of ["/foo", "/foo/", "/foo/x", "/foo?q=1"]) expect(await taker(path, { host }), path).toBe("a");
  for (const path of ["/foobar", "/fo", "/", "/FOO"]) expect(await taker(path, { host }), path).toBe(404);
  for (const path of ["/bar", "/bar/", "/bar/x"]) expect(await taker(path, { host }), path).toBe("b");
  expect(await taker("/barx", { host })).toBe(404);
});

test("an exact path is matched whole and with its case", async () => {
  const host = "exact.test";
  await gateway().apply(httpRoute("exact", host, rules([["{ path: { type: Exact, value: /one } }", "a"]])));
  expect(await taker("/one", { host })).toBe("a");
  expect(await taker("/one?x=/two", { host })).toBe("a");
  for (const path of ["/one/", "/One", "/one/two", "/on"]) expect(await taker(path, { host }), path).toBe(404);
});

test("a regular expression matches the whole path, without the query", async () => {
  const host = "regex.test";
  await gateway().apply(
    httpRoute("regex", host, rules([["{ path: { type: RegularExpression, value: '/v[0-9]+/(users|items)' } }", "a"]])),
  );
  for (const path of ["/v1/users", "/v23/items", "/v1/items?a=b"]) expect(await taker(path, { host }), path).toBe("a");
  for (const path of ["/v/users", "/v1/users/7", "/x/v1/users"]) expect(await taker(path, { host }), path).toBe(404);
});

test("exact paths win over regular expressions and these over prefixes, however the rules are ordered", async () => {
  const host = "classes.test";
  await gateway().apply(
    httpRoute(
      "classes",
      host,
      rules([
        ["{ path: { value: /shop/cart } }", "a"],
        ["{ path: { type: RegularExpression, value: '/shop/.*' } }", "b"],
        ["{ path: { type: Exact, value: /shop/cart } }", "c"],
      ]),
    ),
  );
  expect(await taker("/shop/cart", { host })).toBe("c");
  expect(await taker("/shop/cart/7", { host })).toBe("b");
  expect(await taker("/shop", { host })).toBe(404);
});

test("of two prefixes the longer one wins", async () => {
  const host = "longer.test";
  await gateway().apply(
    httpRoute(
      "longer",
      host,
      rules([
        ["{ path: { value: / } }", "a"],
        ["{ path: { value: /one } }", "b"],
        ["{ path: { value: /one/two } }", "c"],
      ]),
    ),
  );
  expect(await taker("/x", { host })).toBe("a");
  expect(await taker("/one/x", { host })).toBe("b");
  expect(await taker("/one/two/x", { host })).toBe("c");
});

test("headers must all be there; their names have no case, their values do", async () => {
  const host = "headers.test";
  await gateway().apply(
    httpRoute(
      "headers",
      host,
      rules([
        ["{ headers: [{ name: Version, value: one }, { name: color, value: blue }] }", "a"],
        ["{ headers: [{ name: version, value: one }] }", "b"],
        ["{ headers: [{ name: version, type: RegularExpression, value: 't[a-z]+' }] }", "c"],
      ]),
    ),
  );
  expect(await taker("/", { host, headers: { version: "one", COLOR: "blue" } })).toBe("a");
  expect(await taker("/", { host, headers: { VERSION: "one" } })).toBe("b");
  expect(await taker("/", { host, headers: { version: "two" } })).toBe("c");
  for (const headers of [{ version: "One" }, { version: "atwo" }, { color: "blue" }, { versions: "one" }]) {
    expect(await taker("/", { host, headers }), JSON.stringify(headers)).toBe(404);
  }
});

test("query parameters are compared by name and value; others do not matter", async () => {
  const host = "query.test";
  await gateway().apply(
    httpRoute(
      "query",
      host,
      rules([
        ["{ queryParams: [{ name: animal, value: whale }] }", "a"],
        ["{ queryParams: [{ name: animal, value: dolphin }, { name: color, value: blue }] }", "b"],
        ["{ queryParams: [{ name: animal, type: RegularExpression, value: 'do.*' }] }", "c"],
      ]),
    ),
  );
  expect(await taker("/?animal=whale", { host })).toBe("a");
  expect(await taker("/x?z=1&animal=whale", { host })).toBe("a");
  expect(await taker("/?animal=dolphin&color=blue", { host })).toBe("b");
  expect(await taker("/?animal=dog", { host })).toBe("c");
  for (const path of ["/", "/?animal=Whale", "/?Animal=whale", "/?animal=adog", "/?animals=whale"]) {
    expect(await taker(path, { host }), path).toBe(404);
  }
});

test("a method is a condition", async () => {
  const host = "method.test";
  await gateway().apply(
    httpRoute(
      "method",
      host,
      rules([
        ["{ method: POST }", "a"],
        ["{ method: GET }", "b"],
        ["{ method: DELETE, path: { value: /only } }", "c"],
      ]),
    ),
  );
  expect(await taker("/", { host, method: "POST", body: "x" })).toBe("a");
  expect(await taker("/", { host })).toBe("b");
  expect(await taker("/only/this", { host, method: "DELETE" })).toBe("c");
  expect(await taker("/", { host, method: "DELETE" })).toBe(404);
  expect(await taker("/", { host, method: "PATCH" })).toBe(404);
});

test("with equal paths the method decides, then the number of headers, then of query parameters, then the order of rules", async () => {
  const host = "ties.test";
  await gateway().apply(
    httpRoute(
      "ties",
      host,
      rules([
        ["{ path: { value: / }, queryParams: [{ name: q, value: '1' }] }", "a"],
        ["{ path: { value: / }, headers: [{ name: x, value: '1' }] }", "b"],
        ["{ path: { value: / }, headers: [{ name: x, value: '1' }, { name: w, value: '1' }] }", "c"],
        ["{ path: { value: / }, method: GET }", "d"],
        ["{ path: { value: / }, headers: [{ name: z, value: '1' }] }", "e"],
        ["{ path: { value: / }, headers: [{ name: z, type: RegularExpression, value: '.*' }] }", "f"],
      ]),
    ),
  );
  const post = (headers: Record<string, string>) => ({ host, headers, method: "POST" });
  expect(await taker("/?q=1", { host, headers: { x: "1", w: "1" } })).toBe("d");
  expect(await taker("/?q=1", post({ x: "1", w: "1" }))).toBe("c");
  expect(await taker("/?q=1", post({ x: "1" }))).toBe("b");
  expect(await taker("/?q=1", post({}))).toBe("a");
  expect(await taker("/", post({ z: "1" }))).toBe("e");
  expect(await taker("/", post({ z: "2" }))).toBe("f");
});

test("several matches of one rule are alternatives", async () => {
  const host = "alternatives.test";
  await gateway().apply(
    httpRoute(
      "alternatives",
      host,
      rules([["{ path: { value: /one } }, { headers: [{ name: x, value: '1' }] }", "a"]]),
    ),
  );
  expect(await taker("/one", { host })).toBe("a");
  expect(await taker("/two", { host, headers: { x: "1" } })).toBe("a");
  expect(await taker("/two", { host })).toBe(404);
});

test("of equal matches in two routes the older route's wins, and after its deletion the other's", async () => {
  const host = "age.test";
  const route = (name: string, time: string, backend: string) =>
    httpRoute(name, host, `- backendRefs: [{ name: ${backend}, port: 80 }]`).replace(
      "metadata: {",
      `metadata: { creationTimestamp: "${time}",`,
    );
  await gateway().apply(route("age-a", "2026-02-02T00:00:00Z", "a"), route("age-b", "2026-01-01T00:00:00Z", "b"));
  expect(await taker("/", { host })).toBe("b");
  await gateway().delete("HTTPRoute default/age-b");
  expect(await taker("/", { host })).toBe("a");
  await gateway().apply(route("age-b", "2026-03-03T00:00:00Z", "b"));
  expect(await taker("/", { host })).toBe("a");
  await gateway().delete("HTTPRoute default/age-a", "HTTPRoute default/age-b");
  expect(await taker("/", { host })).toBe(404);
});

test("of routes of equal age the first by name wins", async () => {
  const host = "names.test";
  await gateway().apply(
    httpRoute("names-2", host, "- backendRefs: [{ name: b, port: 80 }]"),
    httpRoute("names-1", host, "- backendRefs: [{ name: a, port: 80 }]"),
  );
  expect(await taker("/", { host })).toBe("a");
});

test("matches of all routes of a host are ordered together", async () => {
  const host = "across.test";
  await gateway().apply(
    httpRoute("across-1", host, rules([["{ path: { value: / } }, { headers: [{ name: version, value: two }] }", "a"]])),
    httpRoute(
      "across-2",
      host,
      rules([
        ["{ path: { value: /v2 } }", "b"],
        ["{ path: { type: Exact, value: /v2/x } }", "c"],
      ]),
    ),
  );
  expect(await taker("/", { host })).toBe("a");
  expect(await taker("/v2", { host, headers: { version: "two" } })).toBe("b");
  expect(await taker("/v2/x", { host })).toBe("c");
  expect(await taker("/y", { host, headers: { version: "two" } })).toBe("a");
});

test("a precise host name wins over a wildcard, a longer wildcard over a shorter one, and a host without route is a 404", async () => {
  await gateway().apply(
    httpRoute("hosts-precise", "a.hosts.test", "- backendRefs: [{ name: a, port: 80 }]"),
    httpRoute("hosts-wild", "*.hosts.test", "- backendRefs: [{ name: b, port: 80 }]"),
    httpRoute("hosts-wilder", "*.sub.hosts.test", "- backendRefs: [{ name: c, port: 80 }]"),
  );
  expect(await taker("/", { host: "a.hosts.test" })).toBe("a");
  expect(await taker("/", { host: "A.Hosts.Test" })).toBe("a");
  expect(await taker("/", { host: "a.hosts.test:1234" })).toBe("a");
  expect(await taker("/", { host: "b.hosts.test" })).toBe("b");
  expect(await taker("/", { host: "b.c.hosts.test" })).toBe("b");
  expect(await taker("/", { host: "x.sub.hosts.test" })).toBe("c");
  expect(await taker("/", { host: "hosts.test" })).toBe(404);
});

test("a request for an unknown host gets 404 with an empty body", async () => {
  const answer = await gateway().request("/get", { host: "other.example.com" });
  expect([answer.status, answer.body]).toEqual([404, ""]);
});

test("paths are compared in their normal form", async () => {
  const host = "normal.test";
  await gateway().apply(httpRoute("normal", host, rules([["{ path: { value: /a } }", "a"]])));
  expect((await gateway().request("/x/../a/./b", { host })).echo.path).toBe("/a/b");
  expect((await gateway().request("//a//b", { host })).echo.path).toBe("/a/b");
  const answer = await gateway().request("/a%2Fb", { host });
  expect([answer.status, answer.headers.location]).toEqual([307, "/a/b"]);
});

test("many routes of one host are found by the same order of precedence", async () => {
  const host = "many.test";
  const list = Array.from({ length: 60 }, (_, i) => `{ path: { value: /p${i} } }`);
  await gateway().apply(
    httpRoute("many-1", host, rules([[list.join(", "), "a"]])),
    httpRoute(
      "many-2",
      host,
      rules([
        ["{ path: { type: Exact, value: /p7/x } }", "b"],
        ["{ path: { type: RegularExpression, value: '/p8/.+' } }", "c"],
        ["{ path: { value: /p9 }, headers: [{ name: x, value: '1' }] }", "d"],
        ["{ path: { value: / } }", "e"],
      ]),
    ),
  );
  expect(await taker("/p7/y", { host })).toBe("a");
  expect(await taker("/p7/x", { host })).toBe("b");
  expect(await taker("/p8/x", { host })).toBe("c");
  expect(await taker("/p8", { host })).toBe("a");
  expect(await taker("/p9", { host, headers: { x: "1" } })).toBe("d");
  expect(await taker("/p9", { host })).toBe("a");
  expect(await taker("/p599", { host })).toBe("e");
});
