import { beforeAll, expect, test } from "vitest";
import { gatewayManifest, makeCertificate, tlsSecret } from "../e2e/harness/index.ts";
import {
  attached,
  type Exchange,
  expectAttached,
  expectExchanges,
  expectListeners,
  expectObject,
  expectParents,
  grant,
  latestStatus,
  listenerSet,
  namespace,
  routeTo,
  served,
  useTestBed,
} from "./support/index.ts";

const { gateway, apply } = useTestBed({ listeners: () => "" });
beforeAll(async () => gateway().apply(tlsSecret("web/cert", await makeCertificate({ names: ["one.test"] }))));

const eg = "Gateway default/eg";
const all = "allowedRoutes: { namespaces: { from: All } }";

/** YAML of an HTTP listener of the first port with a host of its own, `<name>.test`, and routes of all namespaces. */
const http = (name: string, more = all) =>
  `- { name: ${name}, protocol: HTTP, port: ${gateway().port}, hostname: ${name}.test${more && `, ${more}`} }\n`;

/** Manifest of Gateway `eg` that takes ListenerSets from these namespaces; nothing said without. */
const parent = (listeners: string, from?: string) =>
  gatewayManifest(listeners, "eg", from ? `allowedListeners: { namespaces: { from: ${from} } }` : "");

async function expectAllowed(name: string): Promise<void> {
  await expectObject(gateway(), `ListenerSet ${name}`, ["Accepted=True Accepted", "Programmed=True Programmed"]);
  for (const { conditions } of latestStatus(gateway(), `ListenerSet ${name}`).listeners ?? []) {
    const found = conditions.map(({ type, status }) => `${type}=${status}`);
    expect(found).toEqual(expect.arrayContaining(served));
  }
}

async function expectRefused(name: string): Promise<void> {
  await expectObject(gateway(), `ListenerSet ${name}`, ["Accepted=False NotAllowed", "Programmed=False NotAllowed"]);
}

/** Checks that the Gateway is accepted and how many sets it has. */
async function expectSets(count: number): Promise<void> {
  await expectObject(gateway(), eg, ["Accepted=True"]);
  expect(latestStatus(gateway(), eg).attachedListenerSets ?? 0).toBe(count);
}

test.each([
  ["ListenerSetDefaultNotAllowed: a Gateway that says nothing takes no ListenerSets", undefined],
  ["ListenerSetAllowedNamespaceNone: nor does one that says None", "None"],
])("%s", async (_, from) => {
  await apply(parent(http("own"), from), listenerSet("refused", http("more")));
  await expectSets(0);
  await expectRefused("default/refused");
});

test("ListenerSetAllowedNamespaceSame: sets of the Gateway's namespace are taken, others not", async () => {
  await apply(
    parent(http("own"), "Same"),
    listenerSet("near", http("near")),
    namespace("far"),
    listenerSet("far/far", http("far")),
  );
  await expectSets(1);
  await expectAllowed("default/near");
  await expectRefused("far/far");
});

test("ListenerSetAllowedNamespaceSelector: sets of namespaces with the labels are taken, others not", async () => {
  await apply(
    parent(http("own"), "Selector, selector: { matchLabels: { allowed: sets } }"),
    namespace("chosen", "{ allowed: sets }"),
    listenerSet("chosen/set", http("chosen")),
    namespace("other"),
    listenerSet("other/set", http("other")),
  );
  await expectSets(1);
  await expectAllowed("chosen/set");
  await expectRefused("other/set");
});

test("ListenerSetHTTPRouting: a route serves the listeners of its parents, Gateway and sets, and no others", async () => {
  const kinds = { kinds: ["HTTPRoute"], conditions: served };
  await apply(
    parent(http("g1") + http("g2"), "All"),
    listenerSet("set-a", http("a1") + http("a2")),
    listenerSet("set-b", http("b1") + http("b2")),
    routeTo("every", ["eg", "set-a", "set-b"], "/every", "v1"),
    routeTo("gateway", ["eg"], "/gateway", "v2"),
    routeTo("gateway-one", ["eg#g1"], "/one-gateway", "v3"),
    routeTo("a", ["set-a"], "/a", "v2"),
    routeTo("a-one", ["set-a#a1"], "/one-a", "v3"),
    routeTo("b", ["set-b"], "/b", "v2"),
  );
  const [setA, setB] = ["ListenerSet default/set-a", "ListenerSet default/set-b"];
  expectParents(gateway(), "HTTPRoute default/every", { [eg]: attached, [setA]: attached, [setB]: attached });
  expectAttached(gateway(), eg, "HTTPRoute default/gateway");
  expectAttached(gateway(), `${eg}#g1`, "HTTPRoute default/gateway-one");
  expectAttached(gateway(), setA, "HTTPRoute default/a");
  expectAttached(gateway(), `${setA}#a1`, "HTTPRoute default/a-one");
  expectAttached(gateway(), setB, "HTTPRoute default/b");
  await expectSets(2);
  expectListeners(gateway(), setA, { a1: { ...kinds, attached: 3 }, a2: { ...kinds, attached: 2 } });
  expectListeners(gateway(), setB, { b1: { ...kinds, attached: 2 }, b2: { ...kinds, attached: 2 } });
  const hosts = ["g1", "g2", "a1", "a2", "b1", "b2"];
  const paths: Record<string, readonly [backend: string, hosts: readonly string[]]> = {
    "/every": ["v1", hosts],
    "/gateway": ["v2", ["g1", "g2"]],
    "/one-gateway": ["v3", ["g1"]],
    "/a": ["v2", ["a1", "a2"]],
    "/one-a": ["v3", ["a1"]],
    "/b": ["v2", ["b1", "b2"]],
  };
  const exchanges = Object.entries(paths).flatMap(([path, [backend, served]]) =>
    hosts.map((host): Exchange => {
      const outcome = served.includes(host) ? { backend } : { status: 404 };
      return { path, host: `${host}.test`, ...outcome };
    }),
  );
  await expectExchanges(gateway(), {}, exchanges);
});

test("ListenerSetAllowedRoutesNamespaces: whose routes a listener takes depends on the set's own namespace", async () => {
  const from = (value: string) => `allowedRoutes: { namespaces: { from: ${value} } }`;
  const grants = ["picked", "unpicked", "sets"].map((name) => grant(`default/${name}`, `HTTPRoute ${name}`, "Service"));
  await apply(
    ...grants,
    namespace("picked", "{ allowed: routes }"),
    namespace("unpicked"),
    namespace("sets"),
    parent(http("own"), "All"),
    listenerSet(
      "near",
      http("every") +
        http("same", from("Same")) +
        http("some", from("Selector, selector: { matchLabels: { allowed: routes } }")),
    ),
    listenerSet("sets/far", http("far", from("Same"))),
    routeTo("default", ["near"], "/default", "v1"),
    routeTo("picked/picked", ["near"], "/picked", "v2"),
    routeTo("unpicked/unpicked", ["near"], "/unpicked", "v3"),
    routeTo("sets/inside", ["sets/far"], "/inside", "v1"),
    routeTo("outside", ["sets/far"], "/outside", "v2"),
  );
  await expectSets(2);
  const [near, far] = ["ListenerSet default/near", "ListenerSet sets/far"];
  expectAttached(
    gateway(),
    near,
    "HTTPRoute default/default",
    "HTTPRoute picked/picked",
    "HTTPRoute unpicked/unpicked",
  );
  expectAttached(gateway(), far, "HTTPRoute sets/inside");
  expectParents(gateway(), "HTTPRoute default/outside", { [far]: ["Accepted=False NotAllowedByListeners"] });
  const kinds = { kinds: ["HTTPRoute"], conditions: served };
  expectListeners(gateway(), near, {
    every: { ...kinds, attached: 3 },
    same: { ...kinds, attached: 1 },
    some: { ...kinds, attached: 1 },
  });
  expectListeners(gateway(), far, { far: { ...kinds, attached: 1 } });
  const table: [string, string, string | undefined][] = [
    ["every", "/default", "v1"],
    ["every", "/picked", "v2"],
    ["every", "/unpicked", "v3"],
    ["same", "/default", "v1"],
    ["same", "/picked", undefined],
    ["same", "/unpicked", undefined],
    ["some", "/default", undefined],
    ["some", "/picked", "v2"],
    ["some", "/unpicked", undefined],
    ["far", "/inside", "v1"],
    ["far", "/outside", undefined],
  ];
  await expectExchanges(
    gateway(),
    {},
    table.map(([host, path, backend]) => ({
      path,
      host: `${host}.test`,
      ...(backend ? { backend } : { status: 404 }),
    })),
  );
});

test("ListenerSetAllowedRoutesSupportedKinds: a kind of routes that a listener's protocol does not carry is told", async () => {
  const kinds = "tls: { mode: Passthrough }, allowedRoutes: { kinds: [{ kind: HTTPRoute }] }";
  await apply(
    parent(http("own"), "All"),
    listenerSet("kinds", `- { name: tls, protocol: TLS, port: ${gateway().ports[1]}, hostname: tls.test, ${kinds} }`),
  );
  await expectObject(gateway(), eg, ["Accepted=True"]);
  expectListeners(gateway(), "ListenerSet default/kinds", {
    tls: { kinds: [], conditions: ["ResolvedRefs=False InvalidRouteKinds"] },
  });
});

test("ListenerSetDualParentRefIndependence: each parent of a route is judged for itself", async () => {
  await apply(
    parent(http("own"), "Same"),
    listenerSet("set", http("more")),
    routeTo("both", ["eg", "set"], "/both", "v1"),
    routeTo("one", ["eg#more", "set#more"], "/one", "v2"),
  );
  const set = "ListenerSet default/set";
  await expectSets(1);
  expectListeners(gateway(), set, { more: { kinds: ["HTTPRoute"], attached: 2, conditions: served } });
  expectParents(gateway(), "HTTPRoute default/both", { [eg]: attached, [set]: attached });
  expectParents(gateway(), "HTTPRoute default/one", {
    [`${eg}#more`]: ["Accepted=False NoMatchingParent"],
    [`${set}#more`]: attached,
  });
  await expectExchanges(gateway(), {}, [
    { path: "/both", host: "own.test", backend: "v1" },
    { path: "/both", host: "more.test", backend: "v1" },
    { path: "/one", host: "more.test", backend: "v2" },
    { path: "/one", host: "own.test", status: 404 },
  ]);
});

test("ListenerSetGatewayParentSectionNameNotFound: a set's listener is not found under the Gateway", async () => {
  await apply(
    parent(http("own"), "Same"),
    listenerSet("set", http("more")),
    routeTo("right", ["set#more"], "/right", "v1"),
    routeTo("wrong", ["eg#more"], "/wrong", "v2"),
  );
  await expectSets(1);
  expectAttached(gateway(), "ListenerSet default/set#more", "HTTPRoute default/right");
  expectParents(gateway(), "HTTPRoute default/wrong", { [`${eg}#more`]: ["Accepted=False NoMatchingParent"] });
  await expectExchanges(gateway(), {}, [
    { path: "/right", host: "more.test", backend: "v1" },
    { path: "/wrong", host: "own.test", status: 404 },
    { path: "/wrong", host: "more.test", status: 404 },
  ]);
});

test("ListenerSetRouteStatusScopedToParentRef: a route's status has its own parents only", async () => {
  await apply(
    parent(http("own"), "Same"),
    listenerSet("set", http("more")),
    routeTo("gateway-only", ["eg"], "/gateway", "v1"),
    routeTo("set-only", ["set"], "/set", "v2"),
  );
  const set = "ListenerSet default/set";
  await expectSets(1);
  expectListeners(gateway(), set, { more: { kinds: ["HTTPRoute"], attached: 1, conditions: served } });
  expectParents(gateway(), "HTTPRoute default/gateway-only", { [eg]: attached });
  expectParents(gateway(), "HTTPRoute default/set-only", { [set]: attached });
});

test.each([
  [
    "ListenerSetHostnameConflict: the Gateway's listeners come first, then older sets'; a host is taken once",
    "HostnameConflict",
  ],
  ["ListenerSetProtocolConflict: so do listeners of other protocols on a port", "ProtocolConflict"],
])("%s", async (_, reason) => {
  /** A listener that wants what `name` has already. */
  const rival = (name: string) =>
    reason === "HostnameConflict"
      ? http(name)
      : `- { name: ${name}, protocol: TCP, port: ${gateway().port}, ${all} }\n`;
  await apply(
    parent(http("own") + http("wanted"), "Same"),
    listenerSet("first", http("first") + rival("wanted") + http("shared"), 1),
    listenerSet("second", rival("wanted"), 2),
    listenerSet("third", http("third") + rival("shared"), 3),
    listenerSet("fourth", rival("shared"), 4),
  );
  const lost = {
    conditions: [`Accepted=False ${reason}`, `Programmed=False ${reason}`, `Conflicted=True ${reason}`],
  };
  const won = { conditions: served };
  await expectSets(2);
  expectListeners(gateway(), eg, { own: won, wanted: won });
  for (const name of ["first", "third"]) {
    await expectObject(gateway(), `ListenerSet default/${name}`, ["Accepted=True", "Programmed=True Programmed"]);
  }
  for (const name of ["second", "fourth"]) {
    const told = ["Accepted=False ListenersNotValid", "Programmed=False ListenersNotValid"];
    await expectObject(gateway(), `ListenerSet default/${name}`, told);
  }
  expectListeners(gateway(), "ListenerSet default/first", { first: won, wanted: lost, shared: won });
  expectListeners(gateway(), "ListenerSet default/second", { wanted: lost });
  expectListeners(gateway(), "ListenerSet default/third", { third: won, shared: lost });
  expectListeners(gateway(), "ListenerSet default/fourth", { shared: lost });
});

test("ListenerSetReferenceGrant: a set's certificate in another namespace needs a grant for the set, not for its Gateway", async () => {
  const https = (name: string) =>
    `- { name: ${name}, protocol: HTTPS, port: ${gateway().ports[1]}, hostname: ${name}.test, ${all}, tls: { certificateRefs: [{ name: cert, namespace: web }] } }\n`;
  await apply(
    grant("web/gateway", "Gateway default", "Secret"),
    grant("web/set", "ListenerSet default", "Secret"),
    namespace("elsewhere"),
    parent(https("own"), "All"),
    listenerSet("granted", https("granted")),
    listenerSet("elsewhere/refused", https("refused")),
  );
  await expectObject(gateway(), eg, ["Accepted=True"]);
  await expectObject(gateway(), "ListenerSet default/granted", ["Accepted=True", "Programmed=True"]);
  expectListeners(gateway(), "ListenerSet default/granted", { granted: { conditions: ["ResolvedRefs=True"] } });
  const told = ["Accepted=False ListenersNotValid", "Programmed=False ListenersNotValid"];
  await expectObject(gateway(), "ListenerSet elsewhere/refused", told);
  expectListeners(gateway(), "ListenerSet elsewhere/refused", {
    refused: { conditions: ["ResolvedRefs=False RefNotPermitted"] },
  });
});
