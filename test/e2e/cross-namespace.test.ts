import { beforeAll, expect, test } from "vitest";
import { httpRoute, makeCertificate, tlsSecret, useBackend, useGateway } from "./harness/index.ts";

const gateway = useGateway({
  listeners: ([port, secure]) => `
- { name: http, protocol: HTTP, port: ${port}, allowedRoutes: { namespaces: { from: All } } }
- name: https
  protocol: HTTPS
  port: ${secure}
  allowedRoutes: { namespaces: { from: All } }
  tls: { certificateRefs: [{ name: cert, namespace: vault }] }`,
});
const far = useBackend("far", { namespace: "web" });
const near = useBackend("near");
beforeAll(() => gateway().apply(far(), near()));

const grant = (name: string, from: string, to: string, namespace = "web") => `---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { name: ${name}, namespace: ${namespace} }
spec: { from: [${from}], to: [${to}] }
`;
const fromRoutes = "{ group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default }";

const answer = async (host: string): Promise<string | number> => {
  const found = await gateway().request("/", { host });
  return found.status === 200 ? found.echo.pod : found.status;
};

test("a backend in another namespace is reached as long as a grant allows it", async () => {
  const host = "grant.test";
  await gateway().apply(httpRoute("grant", host, "- backendRefs: [{ name: far, namespace: web, port: 80 }]"));
  expect(await answer(host)).toBe(500);
  expect(gateway().conditions("HTTPRoute default/grant")).toContain("ResolvedRefs=False RefNotPermitted");
  await gateway().apply(grant("g", fromRoutes, `{ group: "", kind: Service }`));
  expect(await answer(host)).toBe("far");
  expect(gateway().conditions("HTTPRoute default/grant")).toContain("ResolvedRefs=True ResolvedRefs");
  await gateway().delete("ReferenceGrant web/g");
  expect(await answer(host)).toBe(500);
  expect(gateway().conditions("HTTPRoute default/grant")).toContain("ResolvedRefs=False RefNotPermitted");
});

test.each([
  ["another name", fromRoutes, `{ group: "", kind: Service, name: else }`],
  ["another kind", fromRoutes, `{ group: "", kind: Secret }`],
  ["another namespace of routes", fromRoutes.replace("default", "elsewhere"), `{ group: "", kind: Service }`],
  ["another kind of routes", fromRoutes.replace("HTTPRoute", "GRPCRoute"), `{ group: "", kind: Service }`],
])("a grant for %s does not count", async (_, from, to) => {
  const host = "no-grant.test";
  await gateway().apply(
    httpRoute("no-grant", host, "- backendRefs: [{ name: far, namespace: web, port: 80 }]"),
    grant("other", from, to),
  );
  expect(await answer(host)).toBe(500);
  await gateway().delete("ReferenceGrant web/other");
});

test("a grant with the backend's name counts", async () => {
  await gateway().apply(grant("named", fromRoutes, `{ group: "", kind: Service, name: far }`));
  expect(await answer("no-grant.test")).toBe("far");
  await gateway().delete("ReferenceGrant web/named");
  expect(await answer("no-grant.test")).toBe(500);
});

test("without a grant other backends of the rule keep their shares", async () => {
  const host = "half-grant.test";
  const refs = "- backendRefs: [{ name: near, port: 80 }, { name: far, namespace: web, port: 80 }]";
  await gateway().apply(httpRoute("half-grant", host, refs));
  const found = new Set<string | number>();
  for (let i = 0; i < 40; i++) found.add(await answer(host));
  expect([...found].map(String).sort()).toEqual(["500", "near"]);
});

test("a route of another namespace uses its own namespace's backends", async () => {
  await gateway().apply(httpRoute("web/own", "own.test", "- backendRefs: [{ name: far, port: 80 }]"));
  expect(await answer("own.test")).toBe("far");
});

test("a listener's certificate in another namespace is used as long as a grant allows it", async () => {
  const [, port = 0] = gateway().ports;
  const request = () => gateway().request("/", { host: "own.test", port, tls: { serverName: "own.test" } });
  await gateway().apply(tlsSecret("vault/cert", await makeCertificate({ names: ["own.test"] })));
  expect(gateway().conditions("Gateway default/eg", "https")).toContain("ResolvedRefs=False RefNotPermitted");
  await expect(request()).rejects.toThrow();
  const from = "{ group: gateway.networking.k8s.io, kind: Gateway, namespace: default }";
  await gateway().apply(grant("certificates", from, `{ group: "", kind: Secret, name: cert }`, "vault"));
  expect(gateway().conditions("Gateway default/eg", "https")).toContain("ResolvedRefs=True ResolvedRefs");
  expect((await request()).status).toBe(200);
  await gateway().delete("ReferenceGrant vault/certificates");
  expect(gateway().conditions("Gateway default/eg", "https")).toContain("ResolvedRefs=False RefNotPermitted");
  await expect(request()).rejects.toThrow();
});

test("an authorization service in another namespace is asked as long as a grant allows it; without one nothing passes", async () => {
  const host = "auth-grant.test";
  const auth = "{ protocol: HTTP, http: {}, backendRef: { name: far, namespace: web, port: 80 } }";
  const filters = `filters: [{ type: ExternalAuth, externalAuth: ${auth} }]`;
  await gateway().apply(httpRoute("auth-grant", host, `- { ${filters}, backendRefs: [{ name: near, port: 80 }] }`));
  expect(await answer(host)).toBe(500);
  expect(gateway().conditions("HTTPRoute default/auth-grant")).toContain("ResolvedRefs=False RefNotPermitted");
  await gateway().apply(grant("auth", fromRoutes, `{ group: "", kind: Service, name: far }`));
  expect(await answer(host)).toBe("near");
  await gateway().delete("ReferenceGrant web/auth");
  expect(await answer(host)).toBe(500);
});

const fromGateways = "{ group: gateway.networking.k8s.io, kind: Gateway, namespace: default }";
test.each([
  ["for all Secrets", fromGateways, `{ group: "", kind: Secret }`, true],
  ["for another Secret", fromGateways, `{ group: "", kind: Secret, name: else }`, false],
  ["for another kind", fromGateways, `{ group: "", kind: ConfigMap }`, false],
  ["of another group", fromGateways, "{ group: other.test, kind: Secret }", false],
  ["from another namespace", fromGateways.replace("default", "else"), `{ group: "", kind: Secret }`, false],
  ["from another kind", fromGateways.replace("Gateway", "HTTPRoute"), `{ group: "", kind: Secret }`, false],
])("a grant %s for a listener's certificate counts or does not", async (_, from, to, counts) => {
  await gateway().apply(grant("some", from, to, "vault"));
  expect(gateway().conditions("Gateway default/eg", "https")).toContain(
    counts ? "ResolvedRefs=True ResolvedRefs" : "ResolvedRefs=False RefNotPermitted",
  );
  await gateway().delete("ReferenceGrant vault/some");
});
