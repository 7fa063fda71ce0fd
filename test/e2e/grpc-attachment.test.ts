/** Where GRPCRoutes are served. Follows the conformance tests GRPCRouteListenerHostnameMatching, …MultipleGateways, …MultipleRoutesAttachmentSameHostnameIntersection and BackendTLSPolicyGRPCRoute. */
import { credentials } from "@grpc/grpc-js";
import { beforeAll, expect, test } from "vitest";
import { startGrpcBackend } from "./harness/grpc/backend.ts";
import { type GrpcBackend, GrpcCaller, grpcRoute, useGrpcBackend } from "./harness/grpc/index.ts";
import {
  caConfigMap,
  gatewayManifest,
  makeCertificate,
  serviceManifest,
  tlsSecret,
  useGateway,
} from "./harness/index.ts";

const fromAll = "allowedRoutes: { namespaces: { from: All } }";
const listener = (name: string, port: number | undefined, more = `protocol: HTTP, ${fromAll}`) =>
  `- { name: ${name}, port: ${port}, ${more} }\n`;
const withHost = (hostname: string) => `protocol: HTTP, hostname: "${hostname}", ${fromAll}`;
const gateway = useGateway({
  listeners: ([plain, secure]) =>
    listener("http", plain) +
    listener("https", secure, `protocol: HTTPS, ${fromAll}, tls: { certificateRefs: [{ name: front }] }`),
});
const backends = ["one", "two", "three"].map((name) => useGrpcBackend(name));
beforeAll(() => gateway().apply(...backends.map((backend) => backend().manifest)));

/** A route of a Gateway, or of some of its listeners, for every call unless a method is given. */
const route = (options: {
  name: string;
  to: string;
  parents: readonly string[];
  hostnames?: string;
  method?: string;
}) => `---
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: { name: ${options.name}, namespace: default }
spec:
  parentRefs: [${options.parents.map((parent) => `{ ${parent} }`).join(", ")}]
  hostnames: ${options.hostnames ?? "[]"}
  rules:
    - ${options.method ? `matches: [{ method: { service: test.Calls, method: ${options.method} } }]` : "filters: []"}
      backendRefs: [{ name: ${options.to}, port: 80 }]
`;

const ask = async (port: number | undefined, authority: string, method = "Echo") => {
  const { status, answer } = await new GrpcCaller(port ?? 0).call(`test.Calls/${method}`, { authority });
  return status === "OK" ? answer.pod : status;
};

const attached = (name: string, section: string) =>
  gateway()
    .status(`Gateway default/${name}`)
    ?.listeners?.find((each) => each.name === section)?.attachedRoutes;

test("a call goes to the most specific listener that covers its host", async () => {
  const port = gateway().ports[2];
  const hosts = ["bar.test", "foo.bar.test", "*.bar.test", "*.foo.test"];
  await gateway().apply(
    gatewayManifest(hosts.map((host, i) => listener(`listener-${i + 1}`, port, withHost(host))).join(""), "hosts"),
    route({ name: "first", to: "one", parents: ["name: hosts, sectionName: listener-1"] }),
    route({ name: "second", to: "two", parents: ["name: hosts, sectionName: listener-2"] }),
    route({
      name: "third",
      to: "three",
      parents: ["name: hosts, sectionName: listener-3", "name: hosts, sectionName: listener-4"],
    }),
  );
  const served = {
    "bar.test": "one",
    "foo.bar.test": "two",
    "baz.bar.test": "three",
    "multiple.prefixes.bar.test": "three",
    "multiple.prefixes.foo.test": "three",
    "foo.test": "UNIMPLEMENTED",
    "no.matching.host": "UNIMPLEMENTED",
  };
  for (const [host, who] of Object.entries(served)) expect(await ask(port, host), host).toBe(who);
  expect([1, 2, 3, 4].map((n) => attached("hosts", `listener-${n}`))).toEqual([1, 1, 1, 1]);
});

test("a route of two Gateways is served by both, one of a single Gateway by that alone", async () => {
  const [port, other] = [gateway().port, gateway().ports[3]];
  await gateway().apply(
    gatewayManifest(listener("http", other), "other"),
    route({ name: "shared", to: "one", parents: ["name: eg, sectionName: http", "name: other"], method: "Echo" }),
    route({ name: "ours", to: "two", parents: ["name: eg, sectionName: http"], method: "EchoTwo" }),
    route({ name: "theirs", to: "three", parents: ["name: other"], method: "EchoTwo" }),
  );
  expect(await ask(port, "any.test")).toBe("one");
  expect(await ask(other, "any.test")).toBe("one");
  expect(await ask(port, "any.test", "EchoTwo")).toBe("two");
  expect(await ask(other, "any.test", "EchoTwo")).toBe("three");
  expect(gateway().status("GRPCRoute default/shared")?.parents).toHaveLength(2);
});

test.each([
  ["exact", "abc.example.test", '["*.example.test"]', '["abc.example.test"]'],
  ["wildcard", "*.example.test", '["*.test"]', '["*.example.test"]'],
])(
  "on a listener with an %s host the more specific route is served, though it is younger",
  async (name, host, wide, narrow) => {
    const port = gateway().ports[4];
    const parents = ["name: crossing"];
    await gateway().apply(
      gatewayManifest(listener("http", port, withHost(host)), "crossing"),
      route({ name: `a-${name}-older`, to: "one", parents, hostnames: wide }),
    );
    expect(await ask(port, "abc.example.test")).toBe("one");
    await gateway().apply(route({ name: `b-${name}-newer`, to: "two", parents, hostnames: narrow }));
    expect(await ask(port, "abc.example.test")).toBe("two");
    await gateway().delete(`GRPCRoute default/b-${name}-newer`, `GRPCRoute default/a-${name}-older`);
  },
);

test("a listener for HTTPRoutes only refuses a GRPCRoute", async () => {
  const port = gateway().ports[5];
  const only = `protocol: HTTP, allowedRoutes: { kinds: [{ kind: HTTPRoute }] }`;
  await gateway().apply(
    gatewayManifest(listener("http", port, only), "strict"),
    route({ name: "refused", to: "one", parents: ["name: strict"] }),
  );
  expect(gateway().conditions("GRPCRoute default/refused")).toContain("Accepted=False NotAllowedByListeners");
  expect(attached("strict", "http")).toBe(0);
  expect(await ask(port, "any.test")).toBe("UNIMPLEMENTED");
});

test("an EnvoyProxy that wants no statistics of gRPC gets none, and calls pass", async () => {
  const port = gateway().ports[6];
  const infrastructure =
    "infrastructure: { parametersRef: { group: gateway.envoyproxy.io, kind: EnvoyProxy, name: quiet } }";
  await gateway().apply(
    `---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata: { name: quiet, namespace: default }
spec: { telemetry: { metrics: { enableGRPCStats: false } } }
`,
    gatewayManifest(listener("http", port), "quiet", infrastructure),
    route({ name: "uncounted", to: "one", parents: ["name: quiet"] }),
  );
  expect(await ask(port, "any.test")).toBe("one");
  expect(await gateway().admin("/stats?filter=grpc.test.Calls", "default/quiet")).toBe("");
});

test("over TLS a client gets HTTP/2 by ALPN", async () => {
  const made = await makeCertificate({ names: ["tls.test"] });
  await gateway().apply(
    tlsSecret("front", made),
    grpcRoute("tls", "tls.test", "- backendRefs: [{ name: one, port: 80 }]"),
  );
  const caller = new GrpcCaller(gateway().ports[1] ?? 0, credentials.createSsl(Buffer.from(made.cert)));
  const { status, answer } = await caller.call("test.Calls/Echo", { authority: "tls.test" });
  expect([status, answer.pod]).toEqual(["OK", "one"]);
});

test("a BackendTLSPolicy: calls go over TLS to the server it expects, and to no other", async () => {
  const ca = await makeCertificate({ names: ["ca"] });
  const server = await makeCertificate({ names: ["abc.example.test"], issuer: ca });
  const backend: GrpcBackend = await startGrpcBackend("secure", { tls: server });
  const policy = (name: string, hostname: string) => `---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: ${name}, namespace: default }
spec:
  targetRefs: [{ group: "", kind: Service, name: ${name} }]
  validation: { hostname: ${hostname}, caCertificateRefs: [{ group: "", kind: ConfigMap, name: ca }] }
`;
  const names = { right: "abc.example.test", wrong: "other.example.test" };
  await gateway().apply(caConfigMap("ca", ca));
  for (const [name, hostname] of Object.entries(names)) {
    await gateway().apply(
      serviceManifest({ name, endpoints: [{ port: backend.port }] }),
      policy(name, hostname),
      grpcRoute(name, `${name}.test`, `- backendRefs: [{ name: ${name}, port: 80 }]`),
    );
  }
  expect(await ask(gateway().port, "right.test")).toBe("secure");
  expect(await ask(gateway().port, "wrong.test")).toBe("UNAVAILABLE");
  expect(gateway().conditions("BackendTLSPolicy default/right")).toContain("Accepted=True Accepted");
  await backend.stop();
});
