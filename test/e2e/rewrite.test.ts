import { beforeAll, expect, test } from "vitest";
import { httpRoute, useBackend, useGateway } from "./harness/index.ts";

const gateway = useGateway();
const a = useBackend("a");
const b = useBackend("b");
beforeAll(() => gateway().apply(a(), b()));

let count = 0;

/** Path and host that the backend sees. */
async function rewritten(
  options: string,
  path: string,
  match = "/old",
): Promise<readonly [path: string, host: string]> {
  const host = `rewrite-${++count}.test`;
  await gateway().apply(
    httpRoute(
      `rewrite-${count}`,
      host,
      `- { matches: [{ path: { value: ${match} } }], filters: [{ type: URLRewrite, urlRewrite: { ${options} } }], backendRefs: [{ name: a, port: 80 }] }`,
    ),
  );
  const { echo } = await gateway().request(path, { host });
  return [echo.path, echo.host.replace(host, "HOST")];
}

test.each([
  ["/new", "/old/path?q=1", "/old", "/new/path?q=1"],
  ["/new/", "/old/path", "/old", "/new/path"],
  ["/new", "/old/", "/old", "/new/"],
  ["/new", "/old", "/old", "/new"],
  ["/", "/old/path", "/old", "/path"],
  ["/", "/old", "/old", "/"],
  ["/", "/old?q=1", "/old", "/?q=1"],
  ["/", "/old/path", "/old/", "/path"],
  ["/new", "/path", "/", "/new/path"],
  ["/new", "/", "/", "/new/"],
])("prefix %s for %s matched by %s", async (prefix, path, match, expected) => {
  const [seen, host] = await rewritten(
    `path: { type: ReplacePrefixMatch, replacePrefixMatch: ${prefix} }`,
    path,
    match,
  );
  expect([seen, host]).toEqual([expected, "HOST"]);
});

test("a full path takes the place of the path; the query stays", async () => {
  const options = "path: { type: ReplaceFullPath, replaceFullPath: /new/full }";
  expect(await rewritten(options, "/old/path?q=1")).toEqual(["/new/full?q=1", "HOST"]);
});

test("the host is rewritten, with or without the path", async () => {
  expect(await rewritten("hostname: new.test", "/old/path")).toEqual(["/old/path", "new.test"]);
  const both = "hostname: new.test, path: { type: ReplacePrefixMatch, replacePrefixMatch: /x }";
  expect(await rewritten(both, "/old/path")).toEqual(["/x/path", "new.test"]);
});

test("a rewrite goes with header changes", async () => {
  const host = "rewrite-headers.test";
  await gateway().apply(
    httpRoute(
      "rewrite-headers",
      host,
      `
- filters:
  - { type: URLRewrite, urlRewrite: { path: { type: ReplaceFullPath, replaceFullPath: /new } } }
  - { type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-a, value: "1" }] } }
  backendRefs: [{ name: a, port: 80 }]`,
    ),
  );
  const { echo } = await gateway().request("/x", { host });
  expect([echo.path, echo.headers["x-a"]]).toEqual(["/new", ["1"]]);
});

test("a rewrite in a backendRef holds for that backend", async () => {
  const host = "rewrite-ref.test";
  await gateway().apply(
    httpRoute(
      "rewrite-ref",
      host,
      `
- backendRefs:
  - { name: a, port: 80, filters: [{ type: URLRewrite, urlRewrite: { hostname: a.internal, path: { type: ReplaceFullPath, replaceFullPath: /for-a } } }] }
  - { name: b, port: 80, filters: [{ type: URLRewrite, urlRewrite: { hostname: b.internal } }] }`,
    ),
  );
  const seen = new Set<string>();
  for (let i = 0; i < 40; i++) {
    const { echo } = await gateway().request("/x", { host });
    seen.add(`${echo.pod} ${echo.host}${echo.path}`);
  }
  expect([...seen].sort()).toEqual(["a a.internal/for-a", "b b.internal/x"]);
});

test("a regular expression cannot be a prefix to replace, and such a route is refused as a whole", async () => {
  const rule = `- { matches: [{ path: { type: RegularExpression, value: "/a.*" } }], filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: /x } } }], backendRefs: [{ name: a, port: 80 }] }`;
  await expect(gateway().apply(httpRoute("rewrite-regex", "rewrite-regex.test", rule))).rejects.toThrow("PathPrefix");
});
