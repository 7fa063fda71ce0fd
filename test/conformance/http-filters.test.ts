import { beforeAll, expect, test } from "vitest";
import { makeCertificate, tlsSecret } from "../e2e/harness/index.ts";
import { change, changed, type Exchange, expectAttached, expectExchanges, route, useTestBed } from "./support/index.ts";

const { gateway, apply } = useTestBed({
  listeners: ([plain, secure]) => `
- { name: http, protocol: HTTP, port: ${plain} }
- { name: https, protocol: HTTPS, port: ${secure}, hostname: "*.secure.test", tls: { certificateRefs: [{ name: cert }] } }`,
});
beforeAll(async () => gateway().apply(tlsSecret("cert", await makeCertificate({ names: ["*.secure.test"] }))));

const eg = "Gateway default/eg";

/** A rule for a path prefix with filters, and a backend if one is named. */
function rule(path: string, filters: string, backend?: string): string {
  const to = backend ? `, backendRefs: [{ name: ${backend}, port: 80 }]` : "";
  return `- { matches: [{ path: { value: ${path} } }], filters: [${filters}]${to} }`;
}

/** Applies one HTTPRoute for all plain hosts and checks that it is attached. */
async function serve(name: string, ...rules: readonly string[]): Promise<void> {
  await apply(route("HTTPRoute", name, { parents: "- { name: eg, sectionName: http }", rules: rules.join("\n") }));
  expectAttached(gateway(), `${eg}#http`, `HTTPRoute default/${name}`);
}

const redirect = (fields: string) => `{ type: RequestRedirect, requestRedirect: { ${fields} } }`;
const replace = (type: "Prefix" | "Full", path: string) =>
  type === "Full"
    ? `path: { type: ReplaceFullPath, replaceFullPath: ${path} }`
    : `path: { type: ReplacePrefixMatch, replacePrefixMatch: ${path} }`;
/** Where the listener's port stands in a location. */
const at = (url: string) => url.replace("PORT", String(gateway().port));

test("HTTPRouteRedirectHostAndStatus: host and status are changed, 302 being the status otherwise", async () => {
  await serve(
    "redirect-host",
    rule("/host", redirect("hostname: new.test")),
    rule("/both", redirect("hostname: new.test, statusCode: 301")),
  );
  await expectExchanges(gateway(), { host: "old.test" }, [
    { path: "/host", status: 302, location: at("http://new.test:PORT/host") },
    { path: "/both", status: 301, location: at("http://new.test:PORT/both") },
  ]);
});

test("HTTPRouteRedirectPath: the path's prefix or all of it is changed, alone and with host and status", async () => {
  await serve(
    "redirect-path",
    rule("/prefix", redirect(replace("Prefix", "/other"))),
    rule("/full", redirect(replace("Full", "/whole"))),
    rule("/prefix-host", redirect(`hostname: new.test, ${replace("Prefix", "/other")}`)),
    rule("/prefix-status", redirect(`statusCode: 301, ${replace("Prefix", "/other")}`)),
    rule("/full-host", redirect(`hostname: new.test, ${replace("Full", "/whole")}`)),
    rule("/full-status", redirect(`statusCode: 301, ${replace("Full", "/whole")}`)),
  );
  await expectExchanges(gateway(), { host: "old.test", status: 302 }, [
    { path: "/prefix/more", location: at("http://old.test:PORT/other/more") },
    { path: "/full/and/more", location: at("http://old.test:PORT/whole") },
    { path: "/prefix-host", location: at("http://new.test:PORT/other") },
    { path: "/prefix-status", status: 301, location: at("http://old.test:PORT/other") },
    { path: "/full-host", location: at("http://new.test:PORT/whole") },
    { path: "/full-status", status: 301, location: at("http://old.test:PORT/whole") },
  ]);
});

test("HTTPRouteRedirectPort: the port is changed, alone and with host and status", async () => {
  await serve(
    "redirect-port",
    rule("/port", redirect("port: 8083")),
    rule("/port-host", redirect("port: 8083, hostname: new.test")),
    rule("/port-status", redirect("port: 8083, statusCode: 301")),
    rule("/all", redirect("port: 8083, hostname: new.test, statusCode: 302")),
  );
  await expectExchanges(gateway(), { host: "old.test", status: 302 }, [
    { path: "/port", location: "http://old.test:8083/port" },
    { path: "/port-host", location: "http://new.test:8083/port-host" },
    { path: "/port-status", status: 301, location: "http://old.test:8083/port-status" },
    { path: "/all", location: "http://new.test:8083/all" },
  ]);
});

test("HTTPRouteRedirectScheme: the scheme is changed to one whose well-known port need not be written", async () => {
  await serve(
    "redirect-scheme",
    rule("/scheme", redirect("scheme: https")),
    rule("/scheme-host", redirect("scheme: https, hostname: new.test")),
    rule("/scheme-status", redirect("scheme: https, statusCode: 301")),
    rule("/all", redirect("scheme: https, hostname: new.test, statusCode: 302")),
  );
  await expectExchanges(gateway(), { host: "old.test", status: 302 }, [
    { path: "/scheme", location: "https://old.test/scheme" },
    { path: "/scheme-host", location: "https://new.test/scheme-host" },
    { path: "/scheme-status", status: 301, location: "https://old.test/scheme-status" },
    { path: "/all", location: "https://new.test/all" },
  ]);
});

test("HTTPRouteRedirectPortAndScheme: without a port the location has the scheme's, without a scheme the listener's", async () => {
  const targets = [
    "",
    "port: 80",
    "port: 8080",
    "scheme: https",
    "scheme: https, port: 443",
    "scheme: https, port: 8443",
  ];
  const secureTargets = [
    "",
    "port: 443",
    "port: 8443",
    "scheme: http",
    "scheme: http, port: 80",
    "scheme: http, port: 8080",
  ];
  const rules = (all: readonly string[]) =>
    all.map((fields, i) => rule(`/${i}`, redirect(["hostname: new.test", fields].filter(Boolean).join(", "))));
  await serve("redirect-plain", ...rules(targets));
  const secure = { parents: "- { name: eg, sectionName: https }", rules: rules(secureTargets).join("\n") };
  await apply(route("HTTPRoute", "redirect-secure", secure));
  expectAttached(gateway(), `${eg}#https`, "HTTPRoute default/redirect-secure");
  const [plainPort, securePort = 0] = gateway().ports;
  const locations = (base: readonly string[]) =>
    base.map((url, i): Exchange => ({ path: `/${i}`, status: 302, location: `${url}/${i}` }));
  await expectExchanges(
    gateway(),
    { host: "old.test" },
    locations([
      `http://new.test:${plainPort}`,
      "http://new.test",
      "http://new.test:8080",
      "https://new.test",
      "https://new.test",
      "https://new.test:8443",
    ]),
  );
  await expectExchanges(
    gateway(),
    { host: "a.secure.test", port: securePort, tls: { serverName: "a.secure.test" } },
    locations([
      `https://new.test:${securePort}`,
      "https://new.test",
      "https://new.test:8443",
      "http://new.test",
      "http://new.test",
      "http://new.test:8080",
    ]),
  );
});

test.each([
  ["HTTPRoute303Redirect", 303, "POST"],
  ["HTTPRoute307Redirect", 307, "GET"],
  ["HTTPRoute308Redirect", 308, "GET"],
])("%s: status %i is used", async (name, status, method) => {
  await serve(name.toLowerCase(), rule("/go", redirect(`statusCode: ${status}`)));
  await expectExchanges(gateway(), { host: "old.test" }, [
    { path: "/go", method, status, location: at("http://old.test:PORT/go") },
  ]);
});

const rewrite = (fields: string) => `{ type: URLRewrite, urlRewrite: { ${fields} } }`;

test("HTTPRouteRewriteHost: the backend gets another host, with header changes, too", async () => {
  await serve(
    "rewrite-host",
    rule("/one", rewrite("hostname: one.new.test"), "v1"),
    rule("/", rewrite("hostname: new.test"), "v2"),
    rule("/headers", `${rewrite("hostname: headers.new.test")}, ${change}`, "v2"),
  );
  await expectExchanges(gateway(), { host: "old.test" }, [
    { path: "/one", backend: "v1", seen: { host: "one.new.test" } },
    { path: "/two", backend: "v2", seen: { host: "new.test" } },
    { path: "/headers", backend: "v2", ...changed, seen: { ...changed.seen, host: "headers.new.test" } },
  ]);
});

test("HTTPRouteRewritePath: the backend gets another prefix, or another path, with header changes, too", async () => {
  await serve(
    "rewrite-path",
    rule("/prefix/one", rewrite(replace("Prefix", "/one")), "v1"),
    rule("/strip", rewrite(replace("Prefix", "/")), "v1"),
    rule("/full/one", rewrite(replace("Full", "/one")), "v1"),
    rule("/full/headers", `${rewrite(replace("Full", "/new"))}, ${change}`, "v1"),
    rule("/prefix/headers", `${rewrite(replace("Prefix", "/prefix"))}, ${change}`, "v1"),
  );
  await expectExchanges(gateway(), { backend: "v1" }, [
    { path: "/prefix/one/two", seen: { path: "/one/two" } },
    { path: "/strip/three", seen: { path: "/three" } },
    { path: "/strip", seen: { path: "/" } },
    { path: "/full/one/two", seen: { path: "/one" } },
    { path: "/full/headers/any", ...changed, seen: { ...changed.seen, path: "/new" } },
    { path: "/prefix/headers/one", ...changed, seen: { ...changed.seen, path: "/prefix/one" } },
  ]);
});

test("HTTPRouteBackendURLRewrite: a backendRef's filter changes prefix or path of what goes there", async () => {
  const ref = (path: string, filter: string) =>
    `- { matches: [{ path: { value: ${path} } }], backendRefs: [{ name: v1, port: 80, filters: [${filter}] }] }`;
  await serve(
    "backend-rewrite",
    ref("/full", rewrite(replace("Full", "/whole"))),
    ref("/prefix", rewrite(replace("Prefix", "/other"))),
  );
  await expectExchanges(gateway(), { backend: "v1" }, [
    { path: "/full/any", seen: { path: "/whole" } },
    { path: "/prefix/any", seen: { path: "/other/any" } },
  ]);
});

/** What header modifiers do, path by path: options of the filter, headers before, after, and those that must be gone. */
const modifications: readonly {
  readonly path: string;
  readonly fields: string;
  readonly before: Record<string, string>;
  readonly after: Record<string, string>;
  readonly gone?: readonly string[];
}[] = [
  {
    path: "/set",
    fields: "set: [{ name: X-Set, value: ours }]",
    before: { "X-Other": "any" },
    after: { "X-Other": "any", "X-Set": "ours" },
  },
  {
    path: "/set",
    fields: "",
    before: { "X-Other": "any", "X-Set": "theirs" },
    after: { "X-Other": "any", "X-Set": "ours" },
  },
  {
    path: "/add",
    fields: "add: [{ name: X-Add, value: ours }]",
    before: { "X-Other": "any" },
    after: { "X-Other": "any", "X-Add": "ours" },
  },
  {
    path: "/add",
    fields: "",
    before: { "X-Other": "any", "X-Add": "theirs" },
    after: { "X-Other": "any", "X-Add": "theirs,ours" },
  },
  { path: "/remove", fields: "remove: [X-Remove]", before: { "X-Remove": "any" }, after: {}, gone: ["X-Remove"] },
  {
    path: "/several",
    fields: `set: [{ name: X-Set-1, value: s1 }, { name: X-Set-2, value: s2 }], add: [{ name: X-Add-1, value: a1 }, { name: X-Add-2, value: a2 }, { name: X-Add-3, value: a3 }], remove: [X-Remove-1, X-Remove-2]`,
    before: { "X-Set-2": "t2", "X-Add-2": "t2", "X-Remove-2": "any", "X-Other": "any" },
    after: { "X-Set-1": "s1", "X-Set-2": "s2", "X-Add-1": "a1", "X-Add-2": "t2,a2", "X-Add-3": "a3", "X-Other": "any" },
    gone: ["X-Remove-1", "X-Remove-2"],
  },
  {
    path: "/case",
    fields: `set: [{ name: X-Set, value: ours }], add: [{ name: X-Add, value: ours }, { name: x-Lower-ADD, value: low }], remove: [X-Remove]`,
    before: { "x-set": "theirs", "x-add": "theirs", "x-remove": "any", "X-Other": "any" },
    after: { "X-Set": "ours", "X-Add": "theirs,ours", "X-Lower-Add": "low", "X-Other": "any" },
    gone: ["x-remove"],
  },
];
const modified = modifications.filter(({ fields }) => fields !== "");
const requestFilter = (fields: string) => `{ type: RequestHeaderModifier, requestHeaderModifier: { ${fields} } }`;
const modifiedRequests = modifications.map(
  ({ path, before, after, gone = [] }): Exchange => ({
    path,
    headers: before,
    seen: { headers: after, without: gone },
  }),
);

test("HTTPRouteRequestHeaderModifier: headers are set, added and removed, whatever their case", async () => {
  await serve("request-headers", ...modified.map(({ path, fields }) => rule(path, requestFilter(fields), "v1")));
  await expectExchanges(gateway(), { backend: "v1" }, modifiedRequests);
});

test("HTTPRouteBackendRequestHeaderModifier: a backendRef's filter does the same", async () => {
  await serve(
    "backend-headers",
    ...modified.map(
      ({ path, fields }) =>
        `- { matches: [{ path: { value: ${path} } }], backendRefs: [{ name: v1, port: 80, filters: [${requestFilter(fields)}] }] }`,
    ),
  );
  await expectExchanges(gateway(), { backend: "v1" }, modifiedRequests);
});

test("HTTPRouteRequestHeaderModifierBackendWeights: each backend gets the header of its own backendRef", async () => {
  const ref = (name: string) =>
    `{ name: ${name}, port: 80, weight: 10, filters: [${requestFilter(`set: [{ name: Backend, value: ${name} }]`)}] }`;
  await serve("weighted-headers", `- { backendRefs: [${ref("v1")}, ${ref("v2")}] }`);
  const takers = new Set<string>();
  for (let i = 0; i < 100; i++) {
    const { echo } = await gateway().request("/");
    expect(echo.headers["backend"]).toEqual([echo.pod]);
    takers.add(echo.pod);
  }
  expect([...takers].sort()).toEqual(["v1", "v2"]);
});

test("HTTPRouteResponseHeaderModifier: headers of the answer are set, added and removed, beside changes of the request", async () => {
  const responseFilter = (fields: string) => `{ type: ResponseHeaderModifier, responseHeaderModifier: { ${fields} } }`;
  const both = "set: [{ name: X-Set-1, value: s1 }], add: [{ name: X-Add-1, value: a1 }], remove: [X-Remove-1]";
  await serve(
    "response-headers",
    ...modified.map(({ path, fields }) => rule(path, responseFilter(fields), "v1")),
    rule("/both", `${responseFilter(both)}, ${change}`, "v1"),
  );
  const order = (headers: Record<string, string>) => ({ "x-echo": JSON.stringify({ headers }) });
  await expectExchanges(gateway(), { backend: "v1" }, [
    ...modifications.map(
      ({ path, before, after, gone = [] }): Exchange => ({
        path,
        headers: order(before),
        answer: lowerCase(after),
        answerWithout: gone.map((name) => name.toLowerCase()),
      }),
    ),
    {
      path: "/both",
      headers: { ...changed.headers, ...order({ "X-Set-1": "t1", "X-Remove-1": "any", "X-Other": "any" }) },
      seen: changed.seen,
      answer: { "x-set-1": "s1", "x-add-1": "a1", "x-other": "any" },
      answerWithout: ["x-remove-1"],
    },
  ]);
});

const lowerCase = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
