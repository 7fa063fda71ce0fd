import { expect, test } from "vitest";
import { httpRoute, useGateway } from "./harness/index.ts";

const gateway = useGateway({
  listeners: ([port, other]) => `
- { name: http, protocol: HTTP, port: ${port}, allowedRoutes: { namespaces: { from: All } } }
- { name: other, protocol: HTTP, port: ${other}, allowedRoutes: { namespaces: { from: All } } }`,
});

let count = 0;

/** Status and Location of a redirect with these options, for a request for `path` of a host of its own. */
async function redirect(options: string, path = "/old/path?q=1", match = "/old"): Promise<readonly unknown[]> {
  const host = `redirect-${++count}.test`;
  await gateway().apply(
    httpRoute(
      `redirect-${count}`,
      host,
      `- { matches: [{ path: { value: ${match} } }], filters: [{ type: RequestRedirect, requestRedirect: { ${options} } }] }`,
    ),
  );
  const answer = await gateway().request(path, { host });
  return [answer.status, answer.headers.location?.replace(host, "HOST").replace(`:${gateway().port}`, ":PORT")];
}

test("only the host is changed: scheme, path, query and the listener's port stay, and the status is 302", async () => {
  expect(await redirect("hostname: example.org")).toEqual([302, "http://example.org:PORT/old/path?q=1"]);
});

test.each([301, 302, 303, 307, 308])("status %i is used when asked for", async (status) => {
  const [found] = await redirect(`hostname: example.org, statusCode: ${status}`);
  expect(found).toBe(status);
});

test("a scheme brings its well-known port, which is not written", async () => {
  expect(await redirect("scheme: https")).toEqual([302, "https://HOST/old/path?q=1"]);
  expect(await redirect("scheme: http")).toEqual([302, "http://HOST/old/path?q=1"]);
});

test("a port is written unless it is the scheme's well-known one", async () => {
  expect(await redirect("port: 8443, scheme: https")).toEqual([302, "https://HOST:8443/old/path?q=1"]);
  expect(await redirect("port: 443, scheme: https")).toEqual([302, "https://HOST/old/path?q=1"]);
  expect(await redirect("port: 80, scheme: https")).toEqual([302, "https://HOST:80/old/path?q=1"]);
  expect(await redirect("port: 8080")).toEqual([302, "http://HOST:8080/old/path?q=1"]);
  expect(await redirect("port: 80")).toEqual([302, "http://HOST/old/path?q=1"]);
  expect(await redirect("port: 80, hostname: example.org")).toEqual([302, "http://example.org/old/path?q=1"]);
});

test("a full path takes the place of the path; the query stays", async () => {
  expect(await redirect("path: { type: ReplaceFullPath, replaceFullPath: /new }, scheme: https")).toEqual([
    302,
    "https://HOST/new?q=1",
  ]);
});

test.each([
  ["/new", "/old/path?q=1", "/old", "/new/path?q=1"],
  ["/new/", "/old/path", "/old", "/new/path"],
  ["/new", "/old", "/old", "/new"],
  ["/", "/old/path", "/old", "/path"],
  ["/", "/old", "/old", "/"],
  ["/", "/old/path", "/old/", "/path"],
  ["/new", "/path", "/", "/new/path"],
])("prefix %s for %s matched by %s is no double slash", async (prefix, path, match, expected) => {
  const options = `scheme: https, path: { type: ReplacePrefixMatch, replacePrefixMatch: ${prefix} }`;
  expect(await redirect(options, path, match)).toEqual([302, `https://HOST${expected}`]);
});

test("a port in the request's Host header does not get into the location", async () => {
  const host = "redirect-host.test";
  const rules = "- filters: [{ type: RequestRedirect, requestRedirect: { scheme: https } }]";
  await gateway().apply(
    httpRoute("redirect-host", host, rules),
    httpRoute("redirect-wild", "*.redirect-wild.test", rules),
  );
  for (const name of [host, "x.redirect-wild.test"]) {
    const answer = await gateway().request("/a", { host: `${name}:${gateway().port}` });
    // Under a wildcard the well-known port is written, which means the same.
    expect(new URL(answer.headers.location ?? "").href).toBe(`https://${name}/a`);
  }
});

test("without scheme and port the location has the port of the listener that took the request", async () => {
  const host = "redirect-listeners.test";
  await gateway().apply(
    httpRoute(
      "redirect-listeners",
      host,
      "- filters: [{ type: RequestRedirect, requestRedirect: { hostname: to.test } }]",
    ),
  );
  for (const port of gateway().ports.slice(0, 2)) {
    const answer = await gateway().request("/a", { host, port });
    expect(answer.headers.location).toBe(`http://to.test:${port}/a`);
  }
});

test("a redirect that is changed and deleted is so at once", async () => {
  const host = "redirect-changes.test";
  const rules = (to: string) =>
    `- filters: [{ type: RequestRedirect, requestRedirect: { hostname: ${to}, scheme: https } }]`;
  await gateway().apply(httpRoute("redirect-changes", host, rules("one.test")));
  expect((await gateway().request("/", { host })).headers.location).toBe("https://one.test/");
  await gateway().apply(httpRoute("redirect-changes", host, rules("two.test")));
  expect((await gateway().request("/", { host })).headers.location).toBe("https://two.test/");
  await gateway().delete("HTTPRoute default/redirect-changes");
  expect((await gateway().request("/", { host })).status).toBe(404);
});

test("response headers may be added to a redirect", async () => {
  const host = "redirect-headers.test";
  await gateway().apply(
    httpRoute(
      "redirect-headers",
      host,
      `- filters:
  - { type: RequestRedirect, requestRedirect: { scheme: https } }
  - { type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-why, value: moved }] } }`,
    ),
  );
  expect((await gateway().request("/", { host })).headers["x-why"]).toBe("moved");
});
