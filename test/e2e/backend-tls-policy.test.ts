/** TLS to backends. Follows the conformance tests BackendTLSPolicy, …ConflictResolution, …InvalidCACertificateRef, …InvalidKind, …SANValidation and …ObservedGenerationBump. */
import { beforeAll, expect, test } from "vitest";
import {
  type CertificateWithKey,
  caConfigMap,
  eventually,
  httpRoute,
  makeCertificate,
  serviceManifest,
  startBackend,
  tlsSecret,
  useGateway,
} from "./harness/index.ts";

const gateway = useGateway({
  listeners: ([port, secure]) => `
- { name: http, protocol: HTTP, port: ${port}, allowedRoutes: { namespaces: { from: All } } }
- { name: https, protocol: HTTPS, port: ${secure}, allowedRoutes: { namespaces: { from: All } }, tls: { certificateRefs: [{ name: front }] } }`,
});
const made = {} as Record<"ca" | "stranger", CertificateWithKey>;
let port = 0;
let hangUp = (): void => undefined;

beforeAll(async () => {
  made.ca = await makeCertificate({ names: ["ca"] });
  made.stranger = await makeCertificate({ names: ["stranger"] });
  const names = ["abc.example.test", "other.example.test"];
  const server = await makeCertificate({ names, uris: ["spiffe://example.test/server"], issuer: made.ca });
  const backend = await startBackend("secure", { tls: server });
  ({ port, hangUp } = backend);
  await gateway().apply(
    caConfigMap("ca", made.ca),
    caConfigMap("stranger", made.stranger),
    tlsSecret("front", await makeCertificate({ names: ["front.test"] })),
  );
  return () => backend.stop();
});

/** A Service of the backend, a route to it for the host `<name>.test`, and whatever else. */
const use = (name: string, ...more: readonly string[]) =>
  gateway().apply(
    serviceManifest({ name, endpoints: [{ port }] }),
    httpRoute(name, `${name}.test`, `- backendRefs: [{ name: ${name}, port: 80 }]`),
    ...more,
  );

const authority = (name: string, kind = "ConfigMap") =>
  `caCertificateRefs: [{ group: "", kind: ${kind}, name: ${name} }]`;

/** A policy for a Service; `sectionName` may be given after a slash. */
function policy(name: string, target: string, hostname: string, validation = authority("ca"), created = 0): string {
  const [service, section] = target.split("/");
  return `---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: ${name}, namespace: default, creationTimestamp: "2026-01-01T00:00:0${created}Z" }
spec:
  targetRefs: [{ group: "", kind: Service, name: ${service}${section ? `, sectionName: ${section}` : ""} }]
  validation: { hostname: ${hostname}, ${validation} }
`;
}

const accepted = ["Accepted=True Accepted", "ResolvedRefs=True ResolvedRefs"];
const conditions = (name: string) => gateway().conditions(`BackendTLSPolicy default/${name}`);
const status = async (name: string) => (await gateway().request("/", { host: `${name}.test` })).status;
const serverName = async (name: string) =>
  (await gateway().request("/", { host: `${name}.test` })).echo.tls?.serverName;

test("requests to a Service with a policy go over TLS to its hostname, from plain and from HTTPS listeners", async () => {
  await use("valid", policy("valid", "valid/http", "abc.example.test"));
  expect(conditions("valid")).toEqual(accepted);
  expect(await serverName("valid")).toBe("abc.example.test");
  const tls = { serverName: "front.test" };
  const answer = await gateway().request("/", { host: "valid.test", port: gateway().ports[1] ?? 0, tls });
  expect(answer.echo.tls?.serverName).toBe("abc.example.test");
});

test("a certificate for another name, or of another authority, is not trusted; the policy is fine all the same", async () => {
  await use("mismatch", policy("mismatch", "mismatch", "mismatch.example.test"));
  expect(await status("mismatch")).toBe(503);
  await use("distrusted", policy("distrusted", "distrusted", "abc.example.test", authority("stranger")));
  expect(await status("distrusted")).toBe(503);
  await use("public", policy("public", "public", "abc.example.test", "wellKnownCACertificates: System"));
  expect(await status("public")).toBe(503);
  for (const name of ["mismatch", "distrusted", "public"]) expect(conditions(name)).toEqual(accepted);
});

test("an authority that comes, breaks, and is mended takes effect at once", async () => {
  await use("changing", policy("changing", "changing", "abc.example.test", authority("later")));
  const broken = ["Accepted=False NoValidCACertificate", "ResolvedRefs=False InvalidCACertificateRef"];
  expect(conditions("changing")).toEqual(broken);
  expect(await status("changing")).toBe(500);
  await gateway().apply(caConfigMap("later", made.ca));
  expect(conditions("changing")).toEqual(accepted);
  expect(await status("changing")).toBe(200);
  await gateway().apply(
    "---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: later, namespace: default }\ndata: { ca.crt: '' }\n",
  );
  expect(conditions("changing")).toEqual(broken);
  expect(await status("changing")).toBe(500);
  await gateway().apply(caConfigMap("later", made.stranger));
  expect(conditions("changing")).toEqual(accepted);
  // Open connections keep what they agreed on.
  hangUp();
  await eventually(async () => expect(await status("changing")).toBe(503));
  await gateway().apply(caConfigMap("later", made.stranger, made.ca));
  expect(await status("changing")).toBe(200);
});

test("authorities come from Secrets and ClusterTrustBundles, too", async () => {
  const bundle = `---
apiVersion: certificates.k8s.io/v1beta1
kind: ClusterTrustBundle
metadata: { name: bundle }
spec: { trustBundle: ${JSON.stringify(made.ca.cert)} }
`;
  await use(
    "secret",
    tlsSecret("ca", made.ca),
    policy("secret", "secret", "abc.example.test", authority("ca", "Secret")),
  );
  const ref = "caCertificateRefs: [{ group: certificates.k8s.io, kind: ClusterTrustBundle, name: bundle }]";
  await use("bundle", bundle, policy("bundle", "bundle", "abc.example.test", ref));
  for (const name of ["secret", "bundle"]) {
    expect(conditions(name)).toEqual(accepted);
    expect(await status(name)).toBe(200);
  }
});

test.each([
  [
    "a kind without certificates",
    authority("ca", "Service"),
    ["Accepted=False NoValidCACertificate", "ResolvedRefs=False InvalidKind"],
  ],
  [
    "an unknown set of authorities",
    "wellKnownCACertificates: example.test/ours",
    ["Accepted=False Invalid", "ResolvedRefs=True ResolvedRefs"],
  ],
])("with %s nothing is sent, and the route says why", async (_, validation, expected) => {
  await use("invalid", policy("invalid", "invalid", "abc.example.test", validation));
  expect(conditions("invalid")).toEqual(expected);
  expect(gateway().conditions("HTTPRoute default/invalid")).toContain("ResolvedRefs=False InvalidBackendTLS");
  expect(await status("invalid")).toBe(500);
});

test.each([
  ["the DNS name", "{ type: Hostname, hostname: abc.example.test }", 200],
  ["another DNS name", "{ type: Hostname, hostname: none.example.test }", 503],
  ["the URI", "{ type: URI, uri: 'spiffe://example.test/server' }", 200],
  ["another URI", "{ type: URI, uri: 'spiffe://example.test/client' }", 503],
  [
    "one of several",
    "{ type: Hostname, hostname: none.example.test }, { type: URI, uri: 'spiffe://example.test/server' }",
    200,
  ],
  [
    "none of several",
    "{ type: Hostname, hostname: none.example.test }, { type: URI, uri: 'spiffe://none.test/server' }",
    503,
  ],
])("of the alternative names %s decides, and the hostname is what is asked for only", async (_, names, wanted) => {
  const validation = `${authority("ca")}, subjectAltNames: [${names}]`;
  await use("names", policy("names", "names", "asked.example.test", validation));
  expect(conditions("names")).toEqual(accepted);
  expect(await status("names")).toBe(wanted);
  if (wanted === 200) expect(await serverName("names")).toBe("asked.example.test");
});

test("of two policies for one target the older is in force, and the other says so until the older is gone", async () => {
  await use(
    "rivals",
    policy("rival-b", "rivals", "other.example.test", authority("ca"), 1),
    policy("rival-a", "rivals", "abc.example.test", authority("ca"), 2),
  );
  expect(conditions("rival-b")).toEqual(accepted);
  expect(conditions("rival-a")).toEqual(["Accepted=False Conflicted"]);
  expect(await serverName("rivals")).toBe("other.example.test");
  await gateway().delete("BackendTLSPolicy default/rival-b");
  expect(conditions("rival-a")).toEqual(accepted);
  expect(await serverName("rivals")).toBe("abc.example.test");
});

test("a policy for a port goes before one for the whole Service, whatever their age", async () => {
  const slice = { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", addressType: "IPv4" };
  const objects = [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "ports", namespace: "default" },
      spec: {
        ports: [
          { name: "one", port: 80 },
          { name: "two", port: 81 },
        ],
      },
    },
    {
      ...slice,
      metadata: { name: "ports", namespace: "default", labels: { "kubernetes.io/service-name": "ports" } },
      ports: [
        { name: "one", port },
        { name: "two", port },
      ],
      endpoints: [{ addresses: ["127.0.0.1"] }],
    },
  ];
  const rule = (path: string, of: number) =>
    `- matches: [{ path: { value: ${path} } }]\n  backendRefs: [{ name: ports, port: ${of} }]\n`;
  await gateway().apply(
    objects.map((object) => JSON.stringify(object)).join("\n---\n"),
    httpRoute("ports", "ports.test", rule("/one", 80) + rule("/two", 81)),
    policy("whole", "ports", "abc.example.test", authority("ca"), 1),
    policy("part", "ports/one", "other.example.test", authority("ca"), 2),
  );
  const at = async (path: string) => (await gateway().request(path, { host: "ports.test" })).echo.tls?.serverName;
  expect([await at("/one"), await at("/two")]).toEqual(["other.example.test", "abc.example.test"]);
  expect([conditions("whole"), conditions("part")]).toEqual([accepted, accepted]);
});

test("a policy that comes and goes switches TLS on and off, and its status follows its generation", async () => {
  await use("plain");
  expect(await status("plain")).not.toBe(200);
  await gateway().apply(policy("plain", "plain", "abc.example.test"));
  expect(await serverName("plain")).toBe("abc.example.test");
  const generations = () =>
    (gateway().status("BackendTLSPolicy default/plain")?.ancestors ?? []).flatMap((ancestor) =>
      ancestor.conditions.map(({ observedGeneration }) => observedGeneration),
    );
  expect(generations()).toEqual([1, 1]);
  await gateway().apply(policy("plain", "plain", "other.example.test"));
  expect(await serverName("plain")).toBe("other.example.test");
  expect(generations()).toEqual([2, 2]);
  await gateway().delete("BackendTLSPolicy default/plain");
  expect(await status("plain")).not.toBe(200);
});

test("an authorization service with a policy is spoken to over TLS, or not at all", async () => {
  await use("main");
  await gateway().delete("HTTPRoute default/main");
  await use("asked", policy("asked", "asked", "abc.example.test"));
  await gateway().apply(
    policy("main", "main", "abc.example.test"),
    httpRoute(
      "filters",
      "filters.test",
      `- backendRefs: [{ name: main, port: 80 }]
  filters:
  - { type: ExternalAuth, externalAuth: { protocol: HTTP, backendRef: { name: asked, port: 80 }, http: {} } }`,
    ),
  );
  expect(await status("filters")).toBe(200);
  expect(conditions("asked")).toEqual(accepted);
  await gateway().apply(policy("asked", "asked", "mismatch.example.test"));
  expect(await status("filters")).toBe(403);
});

test("where a rule's backends share a cluster each is spoken to as it wants: over TLS, or in plain", async () => {
  const backend = (name: string, more: string, of: number) => `---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: { name: ${name}, namespace: default }
spec: { endpoints: [{ ip: { address: 127.0.0.1, port: ${of} } }], ${more} }
`;
  const tls = `tls: { ${authority("ca")}, sni: abc.example.test }`;
  const plain = await startBackend("plain-one");
  const ref = (name: string) => `{ group: gateway.envoyproxy.io, kind: Backend, name: ${name} }`;
  const none = serviceManifest({ name: "none", endpoints: [] });
  const refs = (name: string) => `- backendRefs: [{ name: none, port: 80 }, ${ref(name)}]`;
  await gateway().apply(
    none,
    backend("fallback-tls", `fallback: true, ${tls}`, port),
    backend("fallback-plain", "fallback: true", plain.port),
    policy("none", "none", "other.example.test"),
    httpRoute("to-tls", "to-tls.test", refs("fallback-tls")),
    httpRoute("to-plain", "to-plain.test", refs("fallback-plain")),
  );
  expect(await serverName("to-tls")).toBe("abc.example.test");
  expect((await gateway().request("/", { host: "to-plain.test" })).echo.pod).toBe("plain-one");
  await gateway().delete("HTTPRoute default/to-plain");
  await plain.stop();
});

test("calls of a GRPCRoute go over TLS to a Service with a policy", async () => {
  await gateway().apply(
    serviceManifest({ name: "calls", endpoints: [{ port }] }),
    policy("calls", "calls", "abc.example.test"),
    `---
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: { name: calls, namespace: default }
spec: { parentRefs: [{ name: eg }], hostnames: [calls.test], rules: [{ backendRefs: [{ name: calls, port: 80 }] }] }
`,
  );
  expect(conditions("calls")).toEqual(accepted);
  const headers = { "content-type": "application/grpc", te: "trailers" };
  const answer = await gateway().request("/p.S/M", { host: "calls.test", method: "POST", version: 2, headers });
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body.slice(5))).toMatchObject({ path: "/p.S/M", tls: { serverName: "abc.example.test" } });
});
