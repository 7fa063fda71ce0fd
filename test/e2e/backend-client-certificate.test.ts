/** The gateway's own certificate towards backends. Follows conformance tests GatewayTLSBackendClientCertificate and GatewayInvalidTLSBackendConfiguration. */
import { beforeAll, expect, test } from "vitest";
import {
  type Backend,
  type CertificateWithKey,
  caConfigMap,
  eventually,
  gatewayManifest,
  httpRoute,
  makeCertificate,
  openHttp2,
  sendOver,
  startBackend,
  tlsSecret,
  useGateway,
} from "./harness/index.ts";

const listeners = ([port]: readonly number[]) => `
- { name: http, protocol: HTTP, port: ${port}, allowedRoutes: { namespaces: { from: All } } }`;
const shows = (ref: string) => `tls: { backend: { clientCertificateRef: ${ref} } }`;
const gateway = useGateway({ listeners });
const made = {} as Record<"ca" | "gateway" | "renewed" | "own", CertificateWithKey>;
const backends: Backend[] = [];

beforeAll(async () => {
  made.ca = await makeCertificate({ names: ["ca"] });
  for (const name of ["gateway", "renewed", "own"] as const) {
    made[name] = await makeCertificate({ names: [name], issuer: made.ca });
  }
  const server = await makeCertificate({ names: ["backend.test"], issuer: made.ca });
  backends.push(await startBackend("strict", { tls: { ...server, clientCa: made.ca.cert } }));
  backends.push(await startBackend("lenient", { tls: server }));
  await gateway().apply(
    ...backends,
    caConfigMap("ca", made.ca),
    tlsSecret("client", made.gateway),
    tlsSecret("own", made.own),
    tlsSecret("vault/client", made.gateway),
    httpRoute("strict", "strict.test", "- backendRefs: [{ name: strict, port: 80 }]"),
    httpRoute("lenient", "lenient.test", "- backendRefs: [{ name: lenient, port: 80 }]"),
    policy("strict"),
    policy("lenient"),
  );
  return () => Promise.all(backends.map((backend) => backend.stop()));
});

const policy = (service: string) => `---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: ${service}, namespace: default }
spec:
  targetRefs: [{ group: "", kind: Service, name: ${service} }]
  validation: { caCertificateRefs: [{ group: "", kind: ConfigMap, name: ca }], hostname: backend.test }
`;

const use = (more: string) => gateway().apply(gatewayManifest(listeners(gateway().ports), "eg", more));
const ask = (host: string) => gateway().request("/", { host });
const gatewayConditions = () => gateway().conditions("Gateway default/eg");

test("without a certificate a backend that wants one cannot be reached; with it, it sees whose it is", async () => {
  expect((await ask("strict.test")).status).toBe(503);
  await use(shows("{ name: client }"));
  expect((await ask("strict.test")).echo.tls).toEqual({ serverName: "backend.test", client: "gateway" });
  expect((await ask("lenient.test")).echo.tls?.client).toBe("gateway");
  expect(gatewayConditions()).toContain("ResolvedRefs=True ResolvedRefs");
  expect(gateway().conditions("BackendTLSPolicy default/strict")).toEqual([
    "Accepted=True Accepted",
    "ResolvedRefs=True ResolvedRefs",
  ]);
});

test("a renewed certificate is shown on new connections, without a lost request", async () => {
  await use(shows("{ name: client }"));
  const session = openHttp2(gateway().port).setMaxListeners(0);
  const statuses = new Set<number>();
  const load = (async () => {
    for (let i = 0; i < 200; i++) statuses.add((await sendOver(session, "/", { host: "strict.test" })).status);
  })();
  await gateway().apply(tlsSecret("client", made.renewed));
  await load;
  session.close();
  expect([...statuses]).toEqual([200]);
  backends[0]?.hangUp();
  await eventually(async () => expect((await ask("strict.test")).echo.tls?.client).toBe("renewed"));
  await gateway().apply(tlsSecret("client", made.gateway));
  backends[0]?.hangUp();
  await eventually(async () => expect((await ask("strict.test")).echo.tls?.client).toBe("gateway"));
});

const unusable: readonly (readonly [string, string, string])[] = [
  ["does not exist", "{ name: missing }", "InvalidClientCertificateRef"],
  ["is of another group", "{ group: wrong.example.com, kind: Secret, name: client }", "InvalidClientCertificateRef"],
  ["is of another kind", `{ group: "", kind: ConfigMap, name: ca }`, "InvalidClientCertificateRef"],
  ["holds no certificate", "{ name: opaque }", "InvalidClientCertificateRef"],
  ["is in another namespace without a grant", "{ name: client, namespace: vault }", "RefNotPermitted"],
];

test.each(unusable)("a reference to what %s is told, and other traffic goes on", async (_, ref, reason) => {
  await gateway().apply("---\napiVersion: v1\nkind: Secret\nmetadata: { name: opaque, namespace: default }\n");
  await use(shows(ref));
  expect(gatewayConditions()).toEqual(
    expect.arrayContaining([`ResolvedRefs=False ${reason}`, "Accepted=True Accepted"]),
  );
  expect((await ask("strict.test")).status).toBe(503);
  expect((await ask("lenient.test")).echo.tls).toEqual({ serverName: "backend.test" });
});

test("a certificate in another namespace is shown as long as a grant allows it", async () => {
  await use(shows("{ name: client, namespace: vault }"));
  expect((await ask("strict.test")).status).toBe(503);
  await gateway().apply(`---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { name: client, namespace: vault }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: Gateway, namespace: default }]
  to: [{ group: "", kind: Secret }]
`);
  expect((await ask("strict.test")).echo.tls?.client).toBe("gateway");
  await gateway().delete("ReferenceGrant vault/client");
  expect(gatewayConditions()).toContain("ResolvedRefs=False RefNotPermitted");
  expect((await ask("strict.test")).status).toBe(503);
});

test("a Backend's own certificate goes before the Gateway's", async () => {
  await use(shows("{ name: client }"));
  const backend = (ref: string) => `---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: { name: strict, namespace: default }
spec:
  endpoints: [{ ip: { address: 127.0.0.1, port: ${backends[0]?.port} } }]
  tls: { caCertificateRefs: [{ group: "", kind: ConfigMap, name: ca }], sni: backend.test${ref} }
`;
  const route = httpRoute(
    "own",
    "own.test",
    "- backendRefs: [{ group: gateway.envoyproxy.io, kind: Backend, name: strict }]",
  );
  await gateway().apply(backend(", clientCertificateRef: { name: own }"), route);
  expect((await ask("own.test")).echo.tls?.client).toBe("own");
  await gateway().apply(backend(", clientCertificateRef: { name: missing }"));
  expect((await ask("own.test")).status).toBe(500);
  expect(gateway().conditions("HTTPRoute default/own")).toContain("ResolvedRefs=False InvalidBackendTLS");
  await gateway().apply(backend(""));
  expect((await ask("own.test")).echo.tls?.client).toBe("gateway");
});

test("the EnvoyProxy's certificate is shown where the Gateway names none", async () => {
  const proxy = `---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata: { name: settings, namespace: default }
spec: { backendTLS: { clientCertificateRef: { name: own }, minVersion: "1.3" }, concurrency: 1, logging: { level: { default: warn, misc: warn } } }
`;
  const parameters =
    "infrastructure: { parametersRef: { group: gateway.envoyproxy.io, kind: EnvoyProxy, name: settings } }";
  await gateway().apply(proxy);
  await use(parameters);
  expect((await ask("strict.test")).echo.tls?.client).toBe("own");
  await use(`${parameters}\n${shows("{ name: client }")}`);
  expect((await ask("strict.test")).echo.tls?.client).toBe("gateway");
});
