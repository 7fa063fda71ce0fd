import { beforeAll, expect, test } from "vitest";
import { startCollector } from "./harness/collector.ts";
import { caConfigMap, eventually, httpRoute, makeCertificate, useBackend, useGateway } from "./harness/index.ts";

const gateway = useGateway({
  more: () => "infrastructure: { parametersRef: { group: gateway.envoyproxy.io, kind: EnvoyProxy, name: proxy } }",
});
const a = useBackend("a");
beforeAll(async () => {
  const collector = await startCollector();
  const addresses = { "an address": "ip: { address: 127.0.0.1", "a host name": "fqdn: { hostname: localhost" };
  await gateway().apply(
    a(),
    caConfigMap("ca", await makeCertificate({ names: ["ca"] })),
    httpRoute("r", "m.test", "- { backendRefs: [{ name: a, port: 80 }] }"),
    ...Object.entries(addresses).map(
      ([what, address]) => `---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: { name: ${nameOf(what)}, namespace: default }
spec:
  endpoints: [{ ${address}, port: ${collector.grpcPort} } }]
  tls: { caCertificateRefs: [{ group: "", kind: ConfigMap, name: ca }], sni: collector.test }
`,
    ),
  );
  return () => collector.stop();
});

const nameOf = (what: string) => what.replaceAll(" ", "-");

test.each(["an address", "a host name"])(
  "an Envoy starts whose metrics go over TLS to %s, though the authority comes over xDS only",
  async (what) => {
    const before = gateway().envoyPids;
    const ref = `{ group: gateway.envoyproxy.io, kind: Backend, name: ${nameOf(what)} }`;
    await gateway().apply(`
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata: { name: proxy, namespace: default }
spec: { concurrency: 1, telemetry: { metrics: { sinks: [{ type: OpenTelemetry, openTelemetry: { backendRefs: [${ref}] } }] } } }
`);
    await eventually(() => expect(gateway().envoyPids).not.toEqual(before), 20_000);
    await gateway().settled();
    expect((await gateway().request("/", { host: "m.test" })).status).toBe(200);
    // The collector speaks no TLS, so all that can be seen is that it is tried.
    const attempts = async () => (await gateway().admin("/stats?filter=ssl.connection_error")).split("\n");
    await eventually(
      async () =>
        expect(await attempts()).toContainEqual(expect.stringMatching(/^cluster\.backend.*connection_error: [1-9]/)),
      20_000,
    );
  },
);
