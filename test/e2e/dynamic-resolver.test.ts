import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeCertificate, useGateway } from "./harness/index.ts";

const gateway = useGateway();

/** An address of this machine that is not the loopback's. */
const address = Object.values(networkInterfaces())
  .flat()
  .find((each) => each?.family === "IPv4" && !each.internal)?.address;
let server: Server;
let port: number;
const seen: string[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request.headers.host ?? "");
    response.end("here");
  });
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  port = (server.address() as AddressInfo).port;
  await gateway().apply(`
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: { name: anywhere, namespace: default }
spec: { type: DynamicResolver }
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: { name: trusted, namespace: default }
spec: { type: DynamicResolver, tls: { wellKnownCACertificates: System } }
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: { name: unchecked, namespace: default }
spec: { type: DynamicResolver, tls: { insecureSkipVerify: true } }
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: HTTPRouteFilter
metadata: { name: from-header, namespace: default }
spec: { urlRewrite: { hostname: { type: Header, header: x-host } } }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: dynamic, namespace: default }
spec:
  parentRefs: [{ name: eg }]
  rules:
    - backendRefs: [{ group: gateway.envoyproxy.io, kind: Backend, name: anywhere }]
    - matches: [{ path: { value: /header } }]
      filters: [{ type: ExtensionRef, extensionRef: { group: gateway.envoyproxy.io, kind: HTTPRouteFilter, name: from-header } }]
      backendRefs: [{ group: gateway.envoyproxy.io, kind: Backend, name: anywhere }]
    - matches: [{ path: { value: /trusted } }]
      backendRefs: [{ group: gateway.envoyproxy.io, kind: Backend, name: trusted }]
    - matches: [{ path: { value: /unchecked } }]
      backendRefs: [{ group: gateway.envoyproxy.io, kind: Backend, name: unchecked }]
`);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test.skipIf(address === undefined)("a request goes to the host it names, and to the one in a header", async () => {
  const host = `${address}:${port}`;
  const plain = await gateway().request("/", { host });
  expect([plain.status, plain.body, seen.at(-1)]).toEqual([200, "here", host]);
  const named = await gateway().request("/header", { host: "any.test", headers: { "x-host": host } });
  expect([named.status, named.body, seen.at(-1)]).toEqual([200, "here", host]);
});

test.skipIf(address === undefined)("over TLS the host's certificate must be trusted, unless anybody is", async () => {
  const certificate = await makeCertificate({ names: ["other.test"] });
  const tls = createTlsServer(certificate, (_request, response) => {
    response.end("secret");
  });
  await new Promise<void>((resolve) => tls.listen(0, "0.0.0.0", resolve));
  try {
    const host = `${address}:${(tls.address() as AddressInfo).port}`;
    expect((await gateway().request("/trusted", { host })).status).toBe(503);
    expect((await gateway().request("/unchecked", { host })).body).toBe("secret");
  } finally {
    tls.closeAllConnections();
    tls.close();
  }
});

test("no host leads into Envoy's own machine", async () => {
  const before = seen.length;
  for (const name of ["127.0.0.1", "127.0.0.2", "localhost", "LocalHost", "0.0.0.0", "[::1]"]) {
    const host = `${name}:${port}`;
    expect((await gateway().request("/", { host })).status, host).toBe(403);
    const answer = await gateway().request("/header", { host: "any.test", headers: { "x-host": host } });
    expect(answer.status, `${host} in a header`).toBe(403);
  }
  expect(seen).toHaveLength(before);
});

test("a host that does not exist is not answered by another one", async () => {
  expect((await gateway().request("/", { host: "nobody.invalid" })).status).toBe(503);
});
