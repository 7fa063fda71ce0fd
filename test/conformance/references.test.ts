import { expect, test } from "vitest";
import {
  expectAttached,
  expectExchanges,
  expectListeners,
  expectParents,
  grant,
  route,
  useTestBed,
} from "./support/index.ts";

const { gateway, apply } = useTestBed({
  listeners: ([same, chosen]) => `
- { name: same, protocol: HTTP, port: ${same} }
- { name: chosen, protocol: HTTP, port: ${chosen}, allowedRoutes: { namespaces: { from: Selector, selector: { matchLabels: { role: backend } } } } }`,
});

const eg = "Gateway default/eg";
/** Parents that are the listener for the Gateway's own namespace. */
const same = "- { name: eg, namespace: default, sectionName: same }";
const [atSame, atChosen] = [`${eg}#same`, `${eg}#chosen`];

/** Applies a route of the listener for its own namespace whose only backendRef is this. */
async function serve(name: string, ref: string): Promise<void> {
  await apply(route("HTTPRoute", name, { parents: same, rules: `- { backendRefs: [${ref}] }` }));
}

/** Checks that a route is attached, but a reference of it is not resolved. */
function expectUnresolved(name: string, reason: string): void {
  expectParents(gateway(), `HTTPRoute default/${name}`, {
    [atSame]: ["Accepted=True Accepted", `ResolvedRefs=False ${reason}`],
  });
}

/** Checks that a route is attached to none of the Gateway's listeners for this reason. */
function expectRefused(name: string, parent: string, reason: string): void {
  expectParents(gateway(), `HTTPRoute ${name}`, {
    [parent]: [`Accepted=False ${reason}`, "ResolvedRefs=True ResolvedRefs"],
  });
  expectListeners(gateway(), eg, { same: { attached: 0 }, chosen: { attached: 0 } });
}

test("HTTPRouteCrossNamespace: a route of another namespace is attached where the listener's selector admits it", async () => {
  await apply(
    "{ apiVersion: v1, kind: Namespace, metadata: { name: web, labels: { role: backend } } }",
    route("HTTPRoute", "web/crossing", {
      parents: "- { name: eg, namespace: default, sectionName: chosen }",
      rules: "- { backendRefs: [{ name: web, port: 80 }] }",
    }),
  );
  expectAttached(gateway(), atChosen, "HTTPRoute web/crossing");
  await expectExchanges(gateway(), { port: gateway().ports[1] ?? 0 }, [{ path: "/", backend: "web" }]);
});

test("HTTPRouteInvalidCrossNamespaceParentRef: a route of another namespace is not allowed otherwise", async () => {
  await apply(
    route("HTTPRoute", "web/refused", { parents: same, rules: "- { backendRefs: [{ name: web, port: 80 }] }" }),
  );
  expectRefused("web/refused", atSame, "NotAllowedByListeners");
  await expectExchanges(gateway(), {}, [{ path: "/", status: 404 }]);
});

test("HTTPRouteInvalidBackendRefUnknownKind: a backend of unknown kind is InvalidKind, and requests get 500", async () => {
  await serve("unknown-kind", "{ group: unknown.test, kind: Nothing, name: v1, port: 80 }");
  expectUnresolved("unknown-kind", "InvalidKind");
  await expectExchanges(gateway(), {}, [{ path: "/any", status: 500 }]);
});

test("HTTPRouteInvalidNonExistentBackendRef: a missing backend is BackendNotFound, and requests get 500", async () => {
  await serve("missing", "{ name: missing, namespace: default, port: 80 }");
  expectUnresolved("missing", "BackendNotFound");
  await expectExchanges(gateway(), {}, [{ path: "/", status: 500 }]);
});

test("HTTPRouteInvalidCrossNamespaceBackendRef: without a grant another namespace's backend is RefNotPermitted, and requests get 500", async () => {
  await serve("foreign", "{ name: web, namespace: web, port: 80 }");
  expectUnresolved("foreign", "RefNotPermitted");
  await expectExchanges(gateway(), {}, [{ path: "/", status: 500 }]);
});

test("HTTPRouteInvalidReferenceGrant: a grant that differs in namespace, group, kind or name grants nothing", async () => {
  const right = grant("web/right", "HTTPRoute default", "Service web");
  const wrong: Record<string, string> = {
    "wrong-namespace": right.replace("namespace: web", "namespace: default"),
    "wrong-from-group": right.replace("group: gateway.networking.k8s.io", "group: other.test"),
    "wrong-from-kind": right.replace("kind: HTTPRoute", "kind: Gateway"),
    "wrong-from-namespace": right.replace("namespace: default }]", "namespace: other }]"),
    "wrong-to-group": right.replace('group: ""', "group: other.test"),
    "wrong-to-kind": right.replace("kind: Service", "kind: Secret"),
    "wrong-to-name": right.replace("name: web }", "name: other }"),
  };
  expect(new Set(Object.values(wrong)).size).toBe(7);
  expect(Object.values(wrong)).not.toContain(right);
  await apply(...Object.entries(wrong).map(([name, text]) => text.replace("name: right", `name: ${name}`)));
  await serve("not-granted", "{ name: web, namespace: web, port: 80 }");
  expectUnresolved("not-granted", "RefNotPermitted");
  await expectExchanges(gateway(), {}, [{ path: "/", status: 500 }]);
});

test("HTTPRouteReferenceGrant: another namespace's backend is reached as long as a grant allows it", async () => {
  await apply(grant("web/granted", "HTTPRoute default", "Service web"));
  await serve("granted", "{ name: web, namespace: web, port: 80 }");
  expectAttached(gateway(), atSame, "HTTPRoute default/granted");
  await expectExchanges(gateway(), {}, [{ path: "/", backend: "web" }]);
  await gateway().delete("ReferenceGrant web/granted");
  expectUnresolved("granted", "RefNotPermitted");
  await expectExchanges(gateway(), {}, [{ path: "/", status: 500 }]);
});

test("HTTPRoutePartiallyInvalidViaInvalidReferenceGrant: only the rule whose backend no grant names gets 500", async () => {
  await apply(
    grant("app/partial", "HTTPRoute default", "Service app-v1"),
    route("HTTPRoute", "partial", {
      parents: same,
      rules: `
- { matches: [{ path: { value: /two } }], backendRefs: [{ name: app-v2, namespace: app, port: 80 }] }
- { backendRefs: [{ name: app-v1, namespace: app, port: 80 }] }`,
    }),
  );
  expectUnresolved("partial", "RefNotPermitted");
  await expectExchanges(gateway(), {}, [
    { path: "/two", status: 500 },
    { path: "/", backend: "app-v1" },
  ]);
});

test("HTTPRouteNoBackendRefs: a rule without backends gives 500, and the route's references are all right", async () => {
  await apply(
    route("HTTPRoute", "none", {
      parents: same,
      rules: `
- { matches: [{ path: { type: Exact, value: /left-out } }] }
- { matches: [{ path: { type: Exact, value: /empty } }], backendRefs: [] }
- { backendRefs: [{ name: v1, port: 80 }] }`,
    }),
  );
  expectAttached(gateway(), atSame, "HTTPRoute default/none");
  await expectExchanges(gateway(), {}, [
    { path: "/any", backend: "v1" },
    { path: "/left-out", status: 500 },
    { path: "/empty", status: 500 },
  ]);
});

test.each([
  ["HTTPRouteInvalidParentRefNotMatchingListenerPort: a port that no listener has", eg, "port: 81"],
  [
    "HTTPRouteInvalidParentRefNotMatchingSectionName: a name that no listener has",
    `${eg}#nowhere`,
    "sectionName: nowhere",
  ],
  [
    "HTTPRouteInvalidParentRefSectionNameNotMatchingPort: a listener's name with another port",
    atSame,
    "sectionName: same, port: 81",
  ],
])("%s is NoMatchingParent", async (_, parent, fields) => {
  const parents = `- { name: eg, namespace: default, ${fields} }`;
  await apply(route("HTTPRoute", "no-parent", { parents, rules: "- { backendRefs: [{ name: v1, port: 80 }] }" }));
  expectRefused("default/no-parent", parent, "NoMatchingParent");
  await expectExchanges(gateway(), {}, [{ path: "/", status: 404 }]);
});

test("HTTPRouteDisallowedKind: a listener for other kinds of routes takes no HTTPRoute", async () => {
  await apply(
    `---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: tls-only, namespace: default }
spec:
  gatewayClassName: eg
  listeners: [{ name: tls, protocol: TLS, port: ${gateway().ports[2]}, tls: { mode: Passthrough }, allowedRoutes: { kinds: [{ kind: TLSRoute }] } }]
`,
    route("HTTPRoute", "disallowed", {
      parents: "- name: tls-only",
      rules: "- { backendRefs: [{ name: v1, port: 80 }] }",
    }),
  );
  const parent = "Gateway default/tls-only";
  expectParents(gateway(), "HTTPRoute default/disallowed", {
    [parent]: ["Accepted=False NotAllowedByListeners", "ResolvedRefs=True ResolvedRefs"],
  });
  expectListeners(gateway(), parent, { tls: { kinds: ["TLSRoute"], attached: 0 } });
});
