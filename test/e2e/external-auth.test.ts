import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Authorizer, startAuthorizer } from "./harness/authorizer.ts";
import { httpRoute, serviceManifest, useBackend, useGateway } from "./harness/index.ts";

const gateway = useGateway();
const a = useBackend("a");

let grpc: Authorizer;
let http: Server;
const asked: { readonly url: string; readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];

beforeAll(async () => {
  grpc = await startAuthorizer();
  http = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => {
      body += part.toString();
    });
    request.on("end", () => {
      asked.push({ url: request.url ?? "", headers: request.headers, body });
      const isAllowed = request.headers.authorization === "yes";
      response.writeHead(isAllowed ? 200 : 403, { "x-user": "jo", "x-other": "o" }).end(isAllowed ? "" : "refused");
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  await gateway().apply(
    a(),
    serviceManifest({ name: "auth-http", endpoints: [{ port }] }),
    serviceManifest({ name: "auth-grpc", endpoints: [{ port: grpc.port }] }),
  );
});
afterAll(() => {
  grpc.stop();
  http.closeAllConnections();
  http.close();
});

const rule = (auth: string) =>
  `- { filters: [{ type: ExternalAuth, externalAuth: { ${auth} } }], backendRefs: [{ name: a, port: 80 }] }`;

test("over gRPC the service's verdict decides, and its headers go to the backend or the client", async () => {
  const host = "auth-grpc.test";
  await gateway().apply(
    httpRoute("auth-grpc", host, rule("protocol: GRPC, grpc: {}, backendRef: { name: auth-grpc, port: 80 }")),
  );
  const denied = await gateway().request("/x", { host, headers: { authorization: "no" } });
  expect([denied.status, denied.body, denied.headers["x-denied"]]).toEqual([401, "who are you?", "yes"]);
  const allowed = await gateway().request("/x", { host, headers: { authorization: "yes" } });
  expect([allowed.status, allowed.echo.headers["x-user"]]).toEqual([200, ["jo"]]);
  expect(grpc.checked.at(-1)?.attributes?.request?.http).toMatchObject({ method: "GET", path: "/x", host });
});

test("over HTTP the service gets the path behind a prefix and the chosen headers, and its answer decides", async () => {
  const host = "auth-http.test";
  await gateway().apply(
    httpRoute(
      "auth-http",
      host,
      rule(
        "protocol: HTTP, http: { path: /check, allowedHeaders: [x-tenant], allowedResponseHeaders: [x-user] }, backendRef: { name: auth-http, port: 80 }",
      ),
    ),
  );
  const headers = { "x-tenant": "t", "x-private": "p" };
  const denied = await gateway().request("/x?q=1", { host, headers: { ...headers, authorization: "no" } });
  expect([denied.status, denied.body]).toEqual([403, "refused"]);
  const allowed = await gateway().request("/x?q=1", { host, headers: { ...headers, authorization: "yes" } });
  expect(allowed.status).toBe(200);
  expect([allowed.echo.headers["x-user"], allowed.echo.headers["x-other"]]).toEqual([["jo"], undefined]);
  expect(asked.at(-1)).toMatchObject({ url: "/check/x?q=1", headers: { "x-tenant": "t", authorization: "yes" } });
  expect(asked.at(-1)?.headers["x-private"]).toBeUndefined();
});

test("the body is sent along when asked for, as far as it may be", async () => {
  const host = "auth-body.test";
  const auth = "protocol: HTTP, http: {}, backendRef: { name: auth-http, port: 80 }, forwardBody: { maxSize: 8 }";
  await gateway().apply(httpRoute("auth-body", host, rule(auth)));
  const sent = { host, method: "POST", headers: { authorization: "yes" } };
  const answer = await gateway().request("/", { ...sent, body: "0123456789" });
  expect(answer.echo.body).toBe("0123456789");
  expect(asked.at(-1)?.body).toBe("01234567");
});

test("requests are refused while the service cannot be reached", async () => {
  const host = "auth-down.test";
  await gateway().apply(
    serviceManifest({ name: "auth-down", endpoints: [{ port: 1 }] }),
    httpRoute("auth-down", host, rule("protocol: HTTP, http: {}, backendRef: { name: auth-down, port: 80 }")),
  );
  const before = a().received.length;
  expect((await gateway().request("/", { host, headers: { authorization: "yes" } })).status).toBe(403);
  expect(a().received.length).toBe(before);
});

test("a service that does not exist makes the rule answer 500, never serve unprotected, until it appears", async () => {
  const host = "auth-missing.test";
  await gateway().apply(
    httpRoute("auth-missing", host, rule("protocol: HTTP, http: {}, backendRef: { name: auth-late, port: 80 }")),
  );
  const request = () => gateway().request("/", { host, headers: { authorization: "yes" } });
  expect((await request()).status).toBe(500);
  expect(gateway().conditions("HTTPRoute default/auth-missing")).toContain("ResolvedRefs=False BackendNotFound");
  await gateway().apply(
    serviceManifest({ name: "auth-late", endpoints: [{ port: (http.address() as AddressInfo).port }] }),
  );
  expect((await request()).status).toBe(200);
  await gateway().delete("Service default/auth-late");
  expect((await request()).status).toBe(500);
});

test("other routes of the host are not asked about", async () => {
  const host = "auth-other.test";
  await gateway().apply(
    httpRoute(
      "auth-other",
      host,
      `
- { matches: [{ path: { value: /closed } }], filters: [{ type: ExternalAuth, externalAuth: { protocol: GRPC, grpc: {}, backendRef: { name: auth-grpc, port: 80 } } }], backendRefs: [{ name: a, port: 80 }] }
- { matches: [{ path: { value: /open } }], backendRefs: [{ name: a, port: 80 }] }`,
    ),
  );
  const before = grpc.checked.length;
  expect((await gateway().request("/open", { host })).status).toBe(200);
  expect(grpc.checked.length).toBe(before);
  expect((await gateway().request("/closed", { host })).status).toBe(401);
});
