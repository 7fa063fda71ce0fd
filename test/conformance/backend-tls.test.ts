/** BackendTLSPolicy, as far as the end-to-end tests do not show it already: see the catalog. */
import { beforeAll, expect, test } from "vitest";
import { caConfigMap, makeCertificate, startBackend } from "../e2e/harness/index.ts";
import { attached, expectAttached, expectExchanges, expectParents, route, useTestBed } from "./support/index.ts";

const { gateway, apply } = useTestBed();
const eg = "Gateway default/eg";
let port = 0;
beforeAll(async () => {
  const ca = await makeCertificate({ names: ["ca"] });
  const server = await makeCertificate({ names: ["abc.test", "other.test"], issuer: ca });
  const backend = await startBackend("secure", { tls: server });
  ({ port } = backend);
  await gateway().apply(caConfigMap("ca", ca));
  return () => backend.stop();
});

/** Manifest of a Service of the backend with the ports `first` (80) and `second` (81), which lead to the same place. */
const service = (name: string) => `---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: default }
spec: { ports: [{ name: first, port: 80 }, { name: second, port: 81 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}, namespace: default, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
ports: [{ name: first, port: ${port} }, { name: second, port: ${port} }]
endpoints: [{ addresses: ["127.0.0.1"] }]
`;

const policy = (name: string, target: string, hostname: string, section?: string) => `---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: ${name}, namespace: default }
spec:
  targetRefs: [{ group: "", kind: Service, name: ${target}${section ? `, sectionName: ${section}` : ""} }]
  validation: { hostname: ${hostname}, caCertificateRefs: [{ group: "", kind: ConfigMap, name: ca }] }
`;

test("BackendTLSPolicyConflictResolution: of policies for one target the first is in force; one for a port goes before one for all", async () => {
  const rule = (path: string, name: string, of: number) =>
    `- { matches: [{ path: { type: Exact, value: ${path} } }], backendRefs: [{ name: ${name}, port: ${of} }] }`;
  await apply(
    service("whole"),
    policy("whole-1", "whole", "other.test"),
    policy("whole-2", "whole", "abc.test"),
    service("ported"),
    policy("ported-1", "ported", "other.test", "first"),
    policy("ported-2", "ported", "abc.test", "first"),
    service("both"),
    policy("both-port", "both", "other.test", "first"),
    policy("both-whole", "both", "abc.test"),
    route("HTTPRoute", "targets", {
      rules: [
        rule("/whole", "whole", 80),
        rule("/ported", "ported", 80),
        rule("/both/1", "both", 80),
        rule("/both/2", "both", 81),
      ].join("\n"),
    }),
  );
  expectAttached(gateway(), eg, "HTTPRoute default/targets");
  for (const name of ["whole-1", "ported-1", "both-port", "both-whole"]) {
    expectParents(gateway(), `BackendTLSPolicy default/${name}`, { [eg]: attached });
  }
  for (const name of ["whole-2", "ported-2"]) {
    expectParents(gateway(), `BackendTLSPolicy default/${name}`, { [eg]: ["Accepted=False Conflicted"] });
  }
  await expectExchanges(
    gateway(),
    { backend: "secure" },
    ["/whole", "/ported", "/both/1", "/both/2"].map((path) => ({ path })),
  );
  const askedFor = async (path: string) => (await gateway().request(path)).echo.tls?.serverName;
  expect([await askedFor("/whole"), await askedFor("/ported")]).toEqual(["other.test", "other.test"]);
  expect([await askedFor("/both/1"), await askedFor("/both/2")]).toEqual(["other.test", "abc.test"]);
});

test.each([
  [
    "BackendTLSPolicyInvalidCACertificateRef: an authority that is missing",
    `{ group: "", kind: ConfigMap, name: missing }`,
    "InvalidCACertificateRef",
  ],
  [
    "BackendTLSPolicyInvalidCACertificateRef: a ConfigMap without one",
    `{ group: "", kind: ConfigMap, name: empty }`,
    "InvalidCACertificateRef",
  ],
  [
    "BackendTLSPolicyInvalidKind: an authority of unknown kind",
    "{ group: unknown.test, kind: Unknown, name: some }",
    "InvalidKind",
  ],
])("%s is told, and requests get 5xx", async (_, ref, reason) => {
  await apply(
    "{ apiVersion: v1, kind: ConfigMap, metadata: { name: empty, namespace: default }, data: {} }",
    service("invalid"),
    policy("invalid", "invalid", "abc.test").replace(/caCertificateRefs: \[.*\]/, `caCertificateRefs: [${ref}]`),
    route("HTTPRoute", "invalid", { rules: "- { backendRefs: [{ name: invalid, port: 80 }] }" }),
  );
  expectParents(gateway(), "BackendTLSPolicy default/invalid", {
    [eg]: ["Accepted=False NoValidCACertificate", `ResolvedRefs=False ${reason}`],
  });
  expectParents(gateway(), "HTTPRoute default/invalid", { [eg]: ["Accepted=True Accepted"] });
  await expectExchanges(gateway(), {}, [{ path: "/", status: [500, 502, 503] }]);
});
