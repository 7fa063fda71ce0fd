import { expect, test } from "vitest";
import {
  expectExchanges,
  expectListeners,
  expectObject,
  expectParents,
  grant,
  latestStatus,
  route,
  served,
  useTestBed,
} from "../conformance/support/index.ts";
import { eventually, gatewayManifest, makeCertificate, openHttp2, sendOver, tlsSecret } from "./harness/index.ts";

const all = "allowedRoutes: { namespaces: { from: All } }";
const listener = (name: string, hostname = `${name}.test`, more = all) =>
  `- { name: ${name}, protocol: HTTP, port: ${gateway().port}, hostname: ${hostname}, ${more} }\n`;
const allowing = (namespaces: string) => `allowedListeners: { namespaces: ${namespaces} }`;
const everybody = allowing("{ from: All }");

const { gateway, apply } = useTestBed({
  listeners: ([port]) => `- { name: own, protocol: HTTP, port: ${port}, hostname: own.test, ${all} }`,
  more: () => everybody,
});
const eg = "Gateway default/eg";

/** Makes the Gateway have these listeners, and allow these ListenerSets. */
const setGateway = (more = everybody, listeners = listener("own")) =>
  gateway().apply(gatewayManifest(listeners, "eg", more));

/** A ListenerSet of the Gateway; the name may be `namespace/name`. */
function listenerSet(name: string, listeners: string, more = ""): string {
  const [namespace, plain] = name.includes("/") ? name.split("/") : ["default", name];
  return `---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: { name: ${plain}, namespace: ${namespace}${more} }
spec:
  parentRef: { name: eg, namespace: default }
  listeners:
${listeners.replaceAll(/^/gm, "    ")}
`;
}

const parent = (set: string, section = "") =>
  `- { kind: ListenerSet, name: ${set}, namespace: default${section ? `, sectionName: ${section}` : ""} }\n`;
const own = (section = "") => `- { name: eg, namespace: default${section ? `, sectionName: ${section}` : ""} }\n`;

/** A route to a backend for the path of its name. */
const serving = (name: string, parents: string, backend = "v1") =>
  route("HTTPRoute", name, {
    parents,
    rules: `- { matches: [{ path: { value: /${name.split("/").at(-1)} } }], backendRefs: [{ name: ${backend}, namespace: default, port: 80 }] }`,
  });

/** Which of the hosts serve a path. */
async function hostsOf(path: string, hosts: readonly string[]): Promise<string[]> {
  const answers = await Promise.all(hosts.map((host) => gateway().request(path, { host })));
  expect(answers.map(({ status }) => status).filter((status) => status !== 200 && status !== 404)).toEqual([]);
  return hosts.filter((_, i) => answers[i]?.status === 200);
}

const attachedSets = () => latestStatus(gateway(), eg).attachedListenerSets ?? 0;
const refused = ["Accepted=False NotAllowed", "Programmed=False NotAllowed"];
const accepted = ["Accepted=True Accepted", "Programmed=True Programmed"];
const expectSet = (name: string, expected: readonly string[]) =>
  expectObject(gateway(), `ListenerSet ${name}`, expected);

test("ListenerSetDefaultNotAllowed: a Gateway that says nothing takes no sets", async () => {
  await setGateway("");
  await apply(listenerSet("set", listener("a")), serving("r", parent("set")));
  await expectSet("default/set", refused);
  expect(attachedSets()).toBe(0);
  await expectExchanges(gateway(), {}, [{ path: "/r", host: "a.test", status: 404 }]);
});

test("ListenerSetAllowedNamespaceNone: nor does one that says None", async () => {
  await setGateway(allowing("{ from: None }"));
  await apply(listenerSet("set", listener("a")));
  await expectSet("default/set", refused);
  expect(attachedSets()).toBe(0);
});

test("ListenerSetAllowedNamespaceSame: one that says Same takes those of its namespace", async () => {
  await setGateway(allowing("{ from: Same }"));
  await apply(listenerSet("set", listener("a")), listenerSet("web/far", listener("b")));
  await expectSet("default/set", accepted);
  await expectSet("web/far", refused);
  expectListeners(gateway(), "ListenerSet default/set", { a: { conditions: served } });
  expect(attachedSets()).toBe(1);
});

test("ListenerSetAllowedNamespaceSelector: one with a selector takes those of the namespaces it selects", async () => {
  await setGateway(allowing("{ from: Selector, selector: { matchLabels: { team: blue } } }"));
  await apply(
    "{ apiVersion: v1, kind: Namespace, metadata: { name: web, labels: { team: blue } } }",
    listenerSet("set", listener("a")),
    listenerSet("web/chosen", listener("b")),
    route("HTTPRoute", "web/r", {
      parents: "- { kind: ListenerSet, name: chosen }",
      rules: "- { backendRefs: [{ name: web, port: 80 }] }",
    }),
  );
  await expectSet("default/set", refused);
  await expectSet("web/chosen", accepted);
  expect(attachedSets()).toBe(1);
  await expectExchanges(gateway(), {}, [{ path: "/", host: "b.test", backend: "web" }]);
});

test("ListenerSetHTTPRouting: a route is served on the listeners of what it names, and nowhere else", async () => {
  await setGateway(everybody, listener("gw1") + listener("gw2"));
  await apply(
    listenerSet("one", listener("one1") + listener("one2")),
    listenerSet("two", listener("two1") + listener("two2")),
    serving("everywhere", own() + parent("one") + parent("two")),
    serving("gw", own()),
    serving("gw1", own("gw1")),
    serving("one", parent("one")),
    serving("one2", parent("one", "one2")),
    serving("two", parent("two")),
  );
  const hosts = ["gw1", "gw2", "one1", "one2", "two1", "two2"].map((name) => `${name}.test`);
  const at = async (path: string) => (await hostsOf(path, hosts)).map((host) => host.slice(0, -".test".length));
  expect(await at("/everywhere")).toEqual(["gw1", "gw2", "one1", "one2", "two1", "two2"]);
  expect(await at("/gw")).toEqual(["gw1", "gw2"]);
  expect(await at("/gw1")).toEqual(["gw1"]);
  expect(await at("/one")).toEqual(["one1", "one2"]);
  expect(await at("/one2")).toEqual(["one2"]);
  expect(await at("/two")).toEqual(["two1", "two2"]);
  expect(attachedSets()).toBe(2);
  const kinds = ["HTTPRoute"];
  expectListeners(gateway(), "ListenerSet default/one", {
    one1: { kinds, attached: 2, conditions: served },
    one2: { kinds, attached: 3, conditions: served },
  });
  expectListeners(gateway(), eg, {
    gw1: { attached: 3, conditions: served },
    gw2: { attached: 2, conditions: served },
  });
});

test("ListenerSetAllowedRoutesNamespaces: Same is the set's namespace, and a selector selects", async () => {
  await setGateway();
  const rules = (from: string) => `allowedRoutes: { namespaces: { from: ${from} } }`;
  await apply(
    "{ apiVersion: v1, kind: Namespace, metadata: { name: app, labels: { allowed: ns } } }",
    listenerSet(
      "web/set",
      listener("everyone", "everyone.test", rules("All")) +
        listener("same", "same.test", rules("Same")) +
        listener("chosen", "chosen.test", rules("Selector, selector: { matchLabels: { allowed: ns } }")),
    ),
    ...["web", "app", "default"].map((namespace) =>
      route("HTTPRoute", `${namespace}/r-${namespace}`, {
        parents: "- { kind: ListenerSet, name: set, namespace: web }",
        rules: `- { matches: [{ path: { value: /${namespace} } }], backendRefs: [{ name: ${{ web: "web", app: "app-v1" }[namespace] ?? "v1"}, port: 80 }] }`,
      }),
    ),
  );
  const hosts = ["everyone.test", "same.test", "chosen.test"];
  expect(await hostsOf("/web", hosts)).toEqual(["everyone.test", "same.test"]);
  expect(await hostsOf("/app", hosts)).toEqual(["everyone.test", "chosen.test"]);
  expect(await hostsOf("/default", hosts)).toEqual(["everyone.test"]);
});

test("ListenerSetAllowedRoutesSupportedKinds: kinds that the protocol cannot carry are told", async () => {
  await setGateway();
  const kinds = "allowedRoutes: { namespaces: { from: All }, kinds: [{ kind: HTTPRoute }] }";
  const tls = `- { name: tls, protocol: TLS, port: ${gateway().ports[1]}, hostname: tls.test, tls: { mode: Passthrough }, ${kinds} }`;
  await apply(listenerSet("set", tls));
  expectListeners(gateway(), "ListenerSet default/set", {
    tls: { kinds: [], conditions: ["ResolvedRefs=False InvalidRouteKinds"] },
  });
});

test("ListenerSetDualParentRefIndependence: each parent of a route is judged by itself", async () => {
  await setGateway();
  await apply(
    listenerSet("set", listener("a")),
    serving("both", own() + parent("set")),
    serving("half", own("a") + parent("set", "a"), "v2"),
  );
  expectParents(gateway(), "HTTPRoute default/both", {
    [eg]: ["Accepted=True"],
    "ListenerSet default/set": ["Accepted=True"],
  });
  expectParents(gateway(), "HTTPRoute default/half", {
    [`${eg}#a`]: ["Accepted=False NoMatchingParent"],
    "ListenerSet default/set#a": ["Accepted=True"],
  });
  expectListeners(gateway(), "ListenerSet default/set", { a: { attached: 2, conditions: served } });
  await expectExchanges(gateway(), {}, [
    { path: "/both", host: "own.test", backend: "v1" },
    { path: "/both", host: "a.test", backend: "v1" },
    { path: "/half", host: "a.test", backend: "v2" },
    { path: "/half", host: "own.test", status: 404 },
  ]);
});

test("ListenerSetGatewayParentSectionNameNotFound: a set's listener is no section of the Gateway", async () => {
  await setGateway();
  await apply(listenerSet("set", listener("a")), serving("good", parent("set", "a")), serving("bad", own("a")));
  expectParents(gateway(), "HTTPRoute default/good", { "ListenerSet default/set#a": ["Accepted=True"] });
  expectParents(gateway(), "HTTPRoute default/bad", { [`${eg}#a`]: ["Accepted=False NoMatchingParent"] });
  await expectExchanges(gateway(), {}, [
    { path: "/good", host: "a.test", backend: "v1" },
    { path: "/bad", host: "own.test", status: 404 },
    { path: "/bad", host: "a.test", status: 404 },
  ]);
});

test("ListenerSetRouteStatusScopedToParentRef: a route has entries for the parents it names, and for no others", async () => {
  await setGateway();
  await apply(listenerSet("set", listener("a")), serving("gw", own()), serving("ls", parent("set")));
  expectParents(gateway(), "HTTPRoute default/gw", { [eg]: ["Accepted=True"] });
  expectParents(gateway(), "HTTPRoute default/ls", { "ListenerSet default/set": ["Accepted=True"] });
  expectListeners(gateway(), "ListenerSet default/set", { a: { attached: 1 } });
});

const some = ["Accepted=True", "Programmed=True Programmed"];
const none = ["Accepted=False ListenersNotValid", "Programmed=False ListenersNotValid"];

test.each([
  ["ListenerSetHostnameConflict", "HostnameConflict", (taken: string) => listener("loser", `${taken}.test`)],
  [
    "ListenerSetProtocolConflict",
    "ProtocolConflict",
    () => `- { name: loser, protocol: TCP, port: ${gateway().port} }\n`,
  ],
])("%s: the Gateway's listeners come first, then those of the older set", async (_, reason, loser) => {
  await setGateway();
  const lost = { conditions: ["Accepted", "Programmed"].map((type) => `${type}=False ${reason}`) };
  lost.conditions.push(`Conflicted=True ${reason}`);
  const won = { conditions: served };
  await apply(
    listenerSet("one", listener("a") + loser("own"), ', creationTimestamp: "2026-01-01T00:00:00Z"'),
    listenerSet("two", loser("own")),
    listenerSet("three", listener("b") + loser("a"), ', creationTimestamp: "2026-02-01T00:00:00Z"'),
    listenerSet("four", loser("b"), ', creationTimestamp: "2026-03-01T00:00:00Z"'),
    serving("r", own() + ["one", "two", "three", "four"].map((set) => parent(set)).join("")),
  );
  expectListeners(gateway(), eg, { own: won });
  await expectSet("default/one", some);
  await expectSet("default/two", none);
  await expectSet("default/three", some);
  await expectSet("default/four", none);
  expectListeners(gateway(), "ListenerSet default/one", { a: won, loser: lost });
  expectListeners(gateway(), "ListenerSet default/two", { loser: lost });
  expectListeners(gateway(), "ListenerSet default/three", { b: won, loser: lost });
  expectListeners(gateway(), "ListenerSet default/four", { loser: lost });
  expect(attachedSets()).toBe(2);
  await expectExchanges(
    gateway(),
    { path: "/r", backend: "v1" },
    ["own", "a", "b"].map((name) => ({ path: "/r", host: `${name}.test` })),
  );
});

test("ListenerSetReferenceGrant: a certificate of another namespace needs a grant to ListenerSets", async () => {
  await setGateway();
  const secure = (name: string, port: number | undefined) =>
    `- { name: ${name}, protocol: HTTPS, port: ${port}, hostname: secure.test, tls: { certificateRefs: [{ name: cert, namespace: app }] }, ${all} }`;
  const [, port, other] = gateway().ports;
  await apply(
    tlsSecret("app/cert", await makeCertificate({ names: ["secure.test"] })),
    listenerSet("with", secure("a", port)),
    listenerSet("web/without", secure("b", other)),
    grant("app/grant", "ListenerSet default", "Secret cert"),
    serving("r", parent("with")),
  );
  await expectSet("default/with", ["Accepted=True", "Programmed=True"]);
  expectListeners(gateway(), "ListenerSet default/with", { a: { conditions: ["ResolvedRefs=True"] } });
  await expectSet("web/without", none);
  expectListeners(gateway(), "ListenerSet web/without", { b: { conditions: ["ResolvedRefs=False RefNotPermitted"] } });
  const answer = await gateway().request("/r", {
    host: "secure.test",
    port: port ?? 0,
    tls: { serverName: "secure.test" },
  });
  expect([answer.status, answer.certificate?.subject["CN"]]).toEqual([200, "secure.test"]);
});

test("sets and listeners that come and go drain no connection to the port", async () => {
  await setGateway();
  await apply(listenerSet("set", listener("a")), serving("r", own() + parent("set")));
  const session = await openHttp2(gateway().port);
  try {
    const ask = async (host: string) => (await sendOver(session, "/r", { host })).status;
    expect([await ask("own.test"), await ask("a.test"), await ask("b.test")]).toEqual([200, 200, 404]);
    await apply(listenerSet("more", listener("b")), serving("r", own() + parent("set") + parent("more")));
    await eventually(async () => expect(await ask("b.test")).toBe(200));
    await gateway().delete("ListenerSet default/set", "ListenerSet default/more");
    await eventually(async () =>
      expect([await ask("own.test"), await ask("a.test"), await ask("b.test")]).toEqual([200, 404, 404]),
    );
    expect(session.closed).toBe(false);
  } finally {
    session.close();
  }
});

test("a set brings its own port, which goes with it", async () => {
  await setGateway();
  const port = gateway().ports[2] ?? 0;
  await apply(listenerSet("set", `- { name: a, protocol: HTTP, port: ${port} }`), serving("r", parent("set")));
  await eventually(() => expectExchanges(gateway(), { port }, [{ path: "/r", backend: "v1" }]));
  await gateway().delete("ListenerSet default/set");
  await eventually(() => expect(gateway().request("/r", { port })).rejects.toThrow());
});

test("a set moves to another Gateway with its routes", async () => {
  await setGateway();
  const [, port] = gateway().ports;
  await apply(
    gatewayManifest(`- { name: other, protocol: HTTP, port: ${port}, hostname: other.test }`, "second", everybody),
    listenerSet("set", listener("a")),
    serving("r", parent("set")),
  );
  await expectExchanges(gateway(), {}, [{ path: "/r", host: "a.test", backend: "v1" }]);
  const moved = listenerSet("set", `- { name: a, protocol: HTTP, port: ${port}, hostname: a.test }`);
  await apply(moved.replace("name: eg", "name: second"));
  await eventually(() =>
    expectExchanges(gateway(), { port: port ?? 0 }, [{ path: "/r", host: "a.test", backend: "v1" }]),
  );
  await eventually(() => expectExchanges(gateway(), {}, [{ path: "/r", host: "a.test", status: 404 }]));
  expect([attachedSets(), latestStatus(gateway(), "Gateway default/second").attachedListenerSets]).toEqual([0, 1]);
});

test("routes that ask for default Gateways are served by them while they are default ones", async () => {
  const asking = `---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: asking, namespace: web }
spec:
  useDefaultGateways: All
  rules: [{ backendRefs: [{ name: web, port: 80 }] }]
`;
  await setGateway("defaultScope: All");
  await apply(asking);
  expectParents(gateway(), "HTTPRoute web/asking", { [eg]: ["Accepted=True Accepted"] });
  await expectExchanges(gateway(), {}, [{ path: "/", host: "own.test", backend: "web" }]);
  await setGateway();
  expect(gateway().status("HTTPRoute web/asking")).toBeUndefined();
  await expectExchanges(gateway(), {}, [{ path: "/", host: "own.test", status: 404 }]);
});
