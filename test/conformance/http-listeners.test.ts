import { beforeAll, expect, test } from "vitest";
import { gatewayManifest, makeCertificate, tlsSecret } from "../e2e/harness/index.ts";
import {
  attached,
  type Exchange,
  expectAttached,
  expectExchanges,
  expectListeners,
  expectParents,
  route,
  sound,
  useTestBed,
} from "./support/index.ts";

const { gateway, apply } = useTestBed({ listeners: () => "" });
beforeAll(async () => gateway().apply(tlsSecret("cert", await makeCertificate({ names: ["one.test", "two.test"] }))));

const eg = "Gateway default/eg";
const to = (backend: string) => `backendRefs: [{ name: ${backend}, port: 80 }]`;
const rule = (path: string, backend: string) => `- { matches: [{ path: { value: ${path} } }], ${to(backend)} }`;
const at = (...sections: readonly string[]) =>
  sections.map((name) => `- { name: eg, sectionName: ${name} }`).join("\n");
const hosts = (list: readonly string[], exchange: Omit<Exchange, "host">): Exchange[] =>
  list.map((host) => ({ ...exchange, host }));

/** YAML of HTTP listeners of one port with these names and hostnames. */
const listeners = (all: Readonly<Record<string, string>>, port = gateway().port) =>
  Object.entries(all)
    .map(([name, host]) => `- { name: ${name}, protocol: HTTP, port: ${port}${host && `, hostname: "${host}"`} }`)
    .join("\n");

test("HTTPRouteHostnameIntersection: a route serves the hosts that it and a listener have in common, and is attached only if there are any", async () => {
  const port = gateway().port;
  await apply(
    gatewayManifest(listeners({ precise: "very.precise.test", wild: "*.wild.test", other: "*.other.test" })),
    route("HTTPRoute", "precise-precise", {
      hostnames: ["nobody.test", "*.nowild.test", "very.precise.test"],
      rules: rule("/1", "v1"),
    }),
    route("HTTPRoute", "precise-wild", {
      hostnames: ["nobody.test", "wild.test", "foo.wild.test", "bar.wild.test", "foo.bar.wild.test"],
      rules: rule("/2", "v2"),
    }),
    route("HTTPRoute", "wild-precise", { hostnames: ["nobody.test", "*.precise.test"], rules: rule("/3", "v3") }),
    route("HTTPRoute", "wild-wild", { hostnames: ["*.other.test"], rules: rule("/4", "v1") }),
    route("HTTPRoute", "none", { hostnames: ["precise.but.wrong.test", "wild.test"], rules: rule("/5", "v2") }),
  );
  expectAttached(
    gateway(),
    eg,
    ...["precise-precise", "precise-wild", "wild-precise", "wild-wild"].map((name) => `HTTPRoute default/${name}`),
  );
  expectParents(gateway(), "HTTPRoute default/none", { [eg]: ["Accepted=False NoMatchingListenerHostname"] });
  const listener = (count: number) => ({ kinds: ["HTTPRoute"], attached: count, conditions: sound });
  expectListeners(gateway(), eg, { precise: listener(2), wild: listener(1), other: listener(1) });
  await expectExchanges(gateway(), { port }, [
    ...hosts(["very.precise.test", "very.precise.test:1234"], { path: "/1", backend: "v1" }),
    ...hosts(["nobody.test", "foo.nowild.test", "foo.wild.test"], { path: "/1", status: 404 }),
    ...hosts(["foo.wild.test", "bar.wild.test", "foo.bar.wild.test"], { path: "/2", backend: "v2" }),
    ...hosts(["nobody.test", "wild.test", "very.precise.test"], { path: "/2", status: 404 }),
    ...hosts(["very.precise.test"], { path: "/3", backend: "v3" }),
    ...hosts(["nobody.test", "foo.precise.test", "foo.wild.test"], { path: "/3", status: 404 }),
    ...hosts(["foo.other.test", "bar.other.test", "foo.bar.other.test"], { path: "/4", backend: "v1" }),
    ...hosts(["other.test", "foo.wild.test", "very.precise.test"], { path: "/4", status: 404 }),
    ...hosts(["precise.but.wrong.test", "wild.test"], { path: "/5", status: 404 }),
    ...hosts(["very.precise.test", "foo.wild.test", "foo.other.test"], { path: "/none", status: 404 }),
  ]);
});

test("HTTPRouteHostnameIntersection: on a listener for all hosts a route serves its own", async () => {
  await apply(
    gatewayManifest(listeners({ all: "" })),
    route("HTTPRoute", "own", {
      hostnames: ["first.test", "sub.first.test", "second.test", "sub.second.test"],
      rules: `- { ${to("v2")} }`,
    }),
  );
  expectAttached(gateway(), eg, "HTTPRoute default/own");
  await expectExchanges(gateway(), {}, [
    ...hosts(["first.test", "sub.first.test", "second.test", "sub.second.test"], { path: "/", backend: "v2" }),
    ...hosts(["third.test", "sub.third.test"], { path: "/", status: 404 }),
  ]);
});

test("HTTPRouteListenerHostnameMatching: of the listeners of a port the one with the most precise hostname takes a host", async () => {
  await apply(
    gatewayManifest(listeners({ one: "bar.test", two: "foo.bar.test", three: "*.bar.test", four: "*.foo.test" })),
    route("HTTPRoute", "one", { parents: at("one"), rules: `- { ${to("v1")} }` }),
    route("HTTPRoute", "two", { parents: at("two"), rules: `- { ${to("v2")} }` }),
    route("HTTPRoute", "rest", { parents: at("three", "four"), rules: `- { ${to("v3")} }` }),
  );
  expectAttached(gateway(), `${eg}#one`, "HTTPRoute default/one");
  expectAttached(gateway(), `${eg}#two`, "HTTPRoute default/two");
  expectParents(gateway(), "HTTPRoute default/rest", { [`${eg}#three`]: attached, [`${eg}#four`]: attached });
  await expectExchanges(gateway(), {}, [
    ...hosts(["bar.test"], { path: "/", backend: "v1" }),
    ...hosts(["foo.bar.test"], { path: "/", backend: "v2" }),
    ...hosts(["baz.bar.test", "boo.bar.test", "many.labels.bar.test", "many.labels.foo.test"], {
      path: "/",
      backend: "v3",
    }),
    ...hosts(["foo.test", "no.matching.host"], { path: "/", status: 404 }),
  ]);
});

test("HTTPRouteListenerPortMatching: a parentRef's port chooses the listeners, with a name one of them", async () => {
  const [p1 = 0, p2 = 0, p3 = 0] = gateway().ports;
  await apply(
    gatewayManifest(
      [
        listeners({ l1: "foo.test" }, p1),
        listeners({ l2: "foo.test", l3: "bar.test" }, p2),
        listeners({ l4: "foo.test", l5: "bar.test" }, p3),
      ].join("\n"),
    ),
    route("HTTPRoute", "one", { parents: `- { name: eg, port: ${p1} }`, rules: `- { ${to("v1")} }` }),
    route("HTTPRoute", "two", { parents: `- { name: eg, port: ${p2} }`, rules: `- { ${to("v2")} }` }),
    route("HTTPRoute", "three", {
      parents: `- { name: eg, port: ${p3}, sectionName: l4 }`,
      rules: `- { ${to("v3")} }`,
    }),
  );
  expectAttached(gateway(), eg, "HTTPRoute default/one", "HTTPRoute default/two");
  expectAttached(gateway(), `${eg}#l4`, "HTTPRoute default/three");
  await expectExchanges(gateway(), { path: "/" }, [
    { path: "/", host: "foo.test", port: p1, backend: "v1" },
    { path: "/", host: `foo.test:${p2}`, port: p2, backend: "v2" },
    { path: "/", host: `bar.test:${p2}`, port: p2, backend: "v2" },
    { path: "/", host: `foo.test:${p3}`, port: p3, backend: "v3" },
    { path: "/", host: `bar.test:${p3}`, port: p3, status: 404 },
  ]);
});

test("HTTPRouteHTTPSListener: routes are served over TLS, with a host of their own and by the listener's", async () => {
  const tls = "tls: { certificateRefs: [{ name: cert }] }";
  const port = gateway().port;
  await apply(
    gatewayManifest(`
- { name: all, protocol: HTTPS, port: ${port}, ${tls} }
- { name: two, protocol: HTTPS, port: ${port}, hostname: two.test, ${tls} }`),
    route("HTTPRoute", "one", { parents: "- { name: eg }", hostnames: ["one.test"], rules: `- { ${to("v1")} }` }),
    route("HTTPRoute", "two", { parents: at("two"), rules: `- { ${to("v2")} }` }),
  );
  expectAttached(gateway(), eg, "HTTPRoute default/one");
  expectAttached(gateway(), `${eg}#two`, "HTTPRoute default/two");
  const ask = (host: string) => ({ path: "/", host, tls: { serverName: host } });
  await expectExchanges(gateway(), {}, [
    { ...ask("one.test"), backend: "v1" },
    { ...ask("unknown.test"), status: 404 },
    { ...ask("two.test"), backend: "v2" },
  ]);
});

test.each([
  ["precise", "abc.example.test", "*.example.test", "abc.example.test"],
  ["wild", "*.example.test", "*.test", "*.example.test"],
])(
  "HTTPRouteMultipleRoutesAttachmentSameHostnameIntersection: the route with the more precise hostname comes first, though it is younger; on a %s listener",
  async (_, hostname, less, more) => {
    await apply(gatewayManifest(listeners({ http: hostname })));
    const matchers = [
      { older: "", younger: "" },
      { older: "path: { value: /path/prefix }", younger: "path: { value: /path }" },
      {
        older: "path: { value: /path/prefix }, headers: [{ name: B, value: b }]",
        younger: "path: { value: /path }, headers: [{ name: A, value: a }]",
      },
    ];
    const path = "/path/prefix/longer";
    const headers = { A: "a", B: "b" };
    for (const { older, younger } of matchers) {
      const rules = (match: string, backend: string) => `- { ${match && `matches: [{ ${match} }], `}${to(backend)} }`;
      const [created, later] = ["2026-01-01T00:00:00Z", "2026-02-02T00:00:00Z"];
      await apply(route("HTTPRoute", "older", { hostnames: [less], rules: rules(older, "v1"), created }));
      expectAttached(gateway(), eg, "HTTPRoute default/older");
      await expectExchanges(gateway(), { host: "abc.example.test" }, [{ path, headers, backend: "v1" }]);
      await apply(route("HTTPRoute", "younger", { hostnames: [more], rules: rules(younger, "v2"), created: later }));
      expectAttached(gateway(), eg, "HTTPRoute default/older", "HTTPRoute default/younger");
      await expectExchanges(gateway(), { host: "abc.example.test" }, [{ path, headers, backend: "v2" }]);
      if (younger.includes("headers")) {
        await expectExchanges(gateway(), { host: "abc.example.test" }, [{ path, headers: { B: "b" }, backend: "v1" }]);
      }
      await gateway().delete("HTTPRoute default/older", "HTTPRoute default/younger");
    }
  },
);

test.each([
  ["hostnames of listeners", undefined],
  ["hostnames of listeners and routes", ["bar.test", "*.example.test", "*.foo.example.test", "abc.foo.example.test"]],
])(
  "GatewayHTTPListenerIsolation: a host is the business of the most precise listener alone; %s",
  async (_, hostnames) => {
    const all = { any: "", wild: "*.example.test", wilder: "*.foo.example.test", precise: "abc.foo.example.test" };
    const names = Object.keys(all);
    await apply(
      gatewayManifest(listeners(all)),
      ...names.map((name) =>
        route("HTTPRoute", name, { parents: at(name), rules: rule(`/${name}`, "v1"), ...(hostnames && { hostnames }) }),
      ),
    );
    for (const name of names) expectAttached(gateway(), `${eg}#${name}`, `HTTPRoute default/${name}`);
    const owners = {
      "bar.test": "any",
      "bar.example.test": "wild",
      "bar.foo.example.test": "wilder",
      "abc.foo.example.test": "precise",
    };
    await expectExchanges(
      gateway(),
      {},
      Object.entries(owners).flatMap(([host, owner]) =>
        names.map(
          (name): Exchange => ({ path: `/${name}`, host, ...(name === owner ? { backend: "v1" } : { status: 404 }) }),
        ),
      ),
    );
    expect(names).toHaveLength(4);
  },
);
