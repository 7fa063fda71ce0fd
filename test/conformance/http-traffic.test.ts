import { expect, test } from "vitest";
import { eventually, serviceManifest } from "../e2e/harness/index.ts";
import { change, changed, expectAttached, expectExchanges, expectShares, route, useTestBed } from "./support/index.ts";

const { gateway, apply, backend } = useTestBed();

const eg = "Gateway default/eg";

/** A rule for a path prefix with more fields, and a backend if one is named. */
function rule(path: string, fields: string, to = "v1"): string {
  return `- { matches: [{ path: { value: ${path} } }], backendRefs: [{ name: ${to}, port: 80 }], ${fields} }`;
}

/** Applies one HTTPRoute for all hosts and checks that it is attached. */
async function serve(name: string, ...rules: readonly string[]): Promise<void> {
  await apply(route("HTTPRoute", name, { rules: rules.join("\n") }));
  expectAttached(gateway(), eg, `HTTPRoute default/${name}`);
}

test("HTTPRouteWeight: requests are shared out by weight within 5 %", async () => {
  const ref = (name: string, weight: number) => `{ name: ${name}, port: 80, weight: ${weight} }`;
  await serve("weights", `- { backendRefs: [${ref("v1", 70)}, ${ref("v2", 30)}, ${ref("v3", 0)}] }`);
  await expectShares(async () => (await gateway().request("/")).echo.pod, { v1: 0.7, v2: 0.3, v3: 0 });
});

const mirror = (name: string, share = "") =>
  `{ type: RequestMirror, requestMirror: { backendRef: { name: ${name}, port: 80 }${share} } }`;
const received = (name: string, path: string): number =>
  backend(name).received.filter((echo) => echo.path === path).length;

test.each([
  ["HTTPRouteRequestMirror: a copy of each request goes to the mirror, with header changes, too", ["v2"]],
  ["HTTPRouteRequestMultipleMirrors: each mirror gets a copy of each request, with header changes, too", ["v2", "v3"]],
])("%s", async (_, names) => {
  const filters = names.map((name) => mirror(name)).join(", ");
  const name = `mirror-${names.length}`;
  await serve(name, rule("/plain", `filters: [${filters}]`), rule("/headers", `filters: [${change}, ${filters}]`));
  const paths = [`/plain?${name}`, `/headers?${name}`];
  await expectExchanges(gateway(), { backend: "v1" }, [{ path: paths[0] ?? "" }, { path: paths[1] ?? "", ...changed }]);
  for (const path of paths) {
    for (const each of names) await eventually(() => expect(received(each, path)).toBe(1));
  }
});

test("HTTPRouteRequestPercentageMirror: the mirror gets the share of the requests that it shall", async () => {
  await serve(
    "mirror-share",
    rule("/percent", `filters: [${mirror("v2", ", percent: 20")}]`),
    rule("/fraction", `filters: [${mirror("v2", ", fraction: { numerator: 25, denominator: 50 }")}]`),
    rule("/headers", `filters: [${change}, ${mirror("v2", ", percent: 35")}]`),
  );
  await expectExchanges(gateway(), { backend: "v1" }, [{ path: "/headers?share", ...changed }]);
  const total = 500;
  for (const [kind, share] of [
    ["percent", 0.2],
    ["fraction", 0.5],
    ["headers", 0.35],
  ] as const) {
    const path = `/${kind}?shares`;
    for (let i = 0; i < total; i += 20) {
      await Promise.all(Array.from({ length: 20 }, () => gateway().request(path)));
    }
    // Four standard deviations: one false alarm in 15,000 runs. Copies on their way are waited for as long as they are missed.
    const margin = 4 * Math.sqrt(total * share * (1 - share));
    await eventually(() => expect(received("v2", path)).toBeGreaterThan(total * share - margin));
    expect(received("v2", path)).toBeLessThan(total * share + margin);
  }
});

const cors = (fields: string) => `filters: [{ type: CORS, cors: { ${fields} } }]`;

test("HTTPRouteCORS: preflight requests are answered, and answers tell what other origins may do", async () => {
  await serve(
    "cors",
    rule(
      "/listed",
      cors(
        `allowOrigins: ["https://www.one.test", "https://*.two.test"], allowMethods: [GET, OPTIONS], allowHeaders: [x-1, x-2], exposeHeaders: [x-3, x-4], allowCredentials: true, maxAge: 3600`,
      ),
    ),
    rule("/methods", cors(`allowOrigins: ["https://www.one.test"], allowMethods: ["*"]`)),
    rule("/origins", cors(`allowOrigins: ["*"], allowMethods: [PUT], allowCredentials: false`)),
    rule("/all", cors(`allowOrigins: ["*"], allowMethods: ["*"], allowHeaders: ["*"], allowCredentials: true`)),
    rule("/public", cors(`allowOrigins: ["*"], allowMethods: ["*"], allowHeaders: ["*"], allowCredentials: false`)),
  );
  const ask = (origin: string, method: string, headers?: string) => ({
    origin,
    "access-control-request-method": method,
    ...(headers && { "access-control-request-headers": headers }),
  });
  const lists = (...values: readonly string[]) => [values.join(","), [...values].reverse().join(",")];
  const preflight = { method: "OPTIONS", status: [200, 204] };
  const listed = (origin: string) => ({
    path: "/listed",
    ...preflight,
    headers: ask(origin, "GET", "x-1, x-2"),
    answer: {
      "access-control-allow-origin": origin,
      "access-control-allow-methods": lists("GET", "OPTIONS"),
      "access-control-allow-headers": lists("x-1", "x-2"),
      "access-control-expose-headers": lists("x-3", "x-4"),
      "access-control-max-age": "3600",
      "access-control-allow-credentials": "true",
    },
  });
  const origin = (value: string) => ({ "access-control-allow-origin": value });
  const none = { answerWithout: ["access-control-allow-origin"] };
  const withoutCredentials = { answerWithout: ["access-control-allow-credentials"] };
  const anyOrigin = (value: string) => ({ "access-control-allow-origin": [value, "*"] });
  await expectExchanges(gateway(), {}, [
    listed("https://www.one.test"),
    listed("https://www.two.test"),
    listed("https://deep.www.two.test"),
    { path: "/listed", ...preflight, status: [200, 204, 403], headers: ask("https://three.test", "GET"), ...none },
    {
      path: "/listed",
      backend: "v1",
      headers: ask("https://www.one.test", "GET"),
      answer: origin("https://www.one.test"),
    },
    {
      path: "/listed",
      backend: "v1",
      headers: ask("https://www.two.test", "GET"),
      answer: origin("https://www.two.test"),
    },
    { path: "/listed", backend: "v1", headers: ask("https://three.test", "GET"), ...none },
    {
      path: "/methods",
      ...preflight,
      headers: ask("https://www.one.test", "POST"),
      answer: { ...origin("https://www.one.test"), "access-control-allow-methods": ["POST", "*"] },
      ...withoutCredentials,
    },
    ...["https://three.test", "https://three.test:12345"].flatMap((from) => [
      {
        path: "/origins",
        ...preflight,
        headers: ask(from, "PUT"),
        answer: { ...anyOrigin(from), "access-control-allow-methods": "PUT" },
        ...withoutCredentials,
      },
      {
        path: "/origins",
        method: "PUT",
        backend: "v1",
        headers: { origin: from },
        answer: anyOrigin(from),
        ...withoutCredentials,
      },
    ]),
    {
      path: "/all",
      ...preflight,
      headers: ask("https://four.test", "PUT", "x-1, x-2"),
      answer: {
        ...origin("https://four.test"),
        "access-control-allow-methods": "PUT",
        "access-control-allow-headers": lists("x-1", "x-2"),
        "access-control-allow-credentials": "true",
      },
    },
    {
      path: "/public",
      ...preflight,
      headers: ask("https://four.test", "PUT", "x-1, x-2"),
      answer: {
        ...anyOrigin("https://four.test"),
        "access-control-allow-methods": ["PUT", "*"],
        "access-control-allow-headers": [...lists("x-1", "x-2"), "*"],
      },
      ...withoutCredentials,
    },
    {
      path: "/all",
      backend: "v1",
      headers: { origin: "https://four.test" },
      answer: { ...origin("https://four.test"), "access-control-allow-credentials": "true" },
    },
    {
      path: "/public",
      backend: "v1",
      headers: { origin: "https://four.test" },
      answer: anyOrigin("https://four.test"),
      ...withoutCredentials,
    },
  ]);
});

let orders = 0;
/** Tells the backend to answer so the first `times` times (default: always), as one request with its retries. */
const order = (fields: object, times?: number) => ({
  headers: { "x-echo": JSON.stringify({ ...fields, ...(times !== undefined && { times, id: `order-${++orders}` }) }) },
});

test.each([
  ["HTTPRouteTimeoutRequest: a request that takes longer than its timeout gets 504, and 0s is none", "request"],
  ["HTTPRouteTimeoutBackendRequest: the same holds for the backend's answer", "backendRequest"],
])("%s", async (_, field) => {
  await serve(
    `timeout-${field.toLowerCase()}`,
    rule("/short", `timeouts: { ${field}: 1s }`),
    rule("/none", `timeouts: { ${field}: 0s }`),
  );
  await expectExchanges(gateway(), {}, [
    { path: "/short", backend: "v1" },
    { path: "/short", status: 504, ...order({ delayMs: 10_000 }) },
    { path: "/none", backend: "v1", ...order({ delayMs: 500 }) },
  ]);
});

test("HTTPRouteRetry: listed codes are tried again as often as said, then the client gets the backend's answer", async () => {
  await serve(
    "retry",
    rule("/500", "retry: { codes: [500], attempts: 3 }"),
    rule("/all", "retry: { codes: [500, 502, 503, 504], attempts: 2 }"),
    rule("/never", "retry: { codes: [500, 502, 503, 504], attempts: 0 }"),
  );
  await expectExchanges(gateway(), {}, [
    { path: "/500", backend: "v1", ...order({ status: 500 }, 2) },
    { path: "/500", status: 500, ...order({ status: 500 }, 4) },
    { path: "/500", status: 503, ...order({ status: 503 }, 2) },
    ...[500, 502, 503, 504].flatMap((status) => [
      { path: "/all", backend: "v1", ...order({ status }, 1) },
      { path: "/all", status, ...order({ status }, 3) },
      { path: "/never", status, ...order({ status }, 1) },
    ]),
  ]);
});

test("HTTPRouteRetryConnectionError: a refused connection is tried again until a working endpoint is found", async () => {
  const endpoints = [{ port: 1 }, { port: backend("v1").port }];
  await apply(serviceManifest({ name: "half-broken", endpoints }));
  await serve("retry-connection", rule("/", "retry: { attempts: 100 }", "half-broken"));
  await expectExchanges(
    gateway(),
    { backend: "v1" },
    Array.from({ length: 20 }, () => ({ path: "/" })),
  );
});

test("HTTPRouteRetryWithRequestTimeout: attempts go on as long as the request's timeout allows", async () => {
  await serve("retry-request", rule("/", "retry: { codes: [500], attempts: 5 }, timeouts: { request: 1s }"));
  await expectExchanges(gateway(), { path: "/" }, [
    { path: "/", backend: "v1", ...order({ status: 500 }, 1) },
    { path: "/", status: 504, ...order({ status: 500, delayMs: 600 }, 5) },
  ]);
});

test("HTTPRouteRetryWithBackendTimeout: each attempt has the backend's timeout of its own", async () => {
  await serve(
    "retry-backend",
    rule("/backend", "retry: { codes: [500], attempts: 3 }, timeouts: { request: 15s, backendRequest: 1s }"),
    rule("/request", "retry: { codes: [500], attempts: 5 }, timeouts: { request: 500ms }"),
  );
  await expectExchanges(gateway(), {}, [
    { path: "/backend", backend: "v1", ...order({ status: 500, delayMs: 300 }, 2) },
    { path: "/request", status: 504, ...order({ status: 500, delayMs: 1_000 }, 2) },
  ]);
});

test("HTTPRouteBackendProtocolH2C: a backend whose Service says so is spoken to in HTTP/2", async () => {
  const endpoints = [{ port: backend("v1").port }];
  await apply(serviceManifest({ name: "h2c", appProtocol: "kubernetes.io/h2c", endpoints }));
  await serve("h2c", rule("/", "name: h2c", "h2c"));
  await expectExchanges(gateway(), { backend: "v1", version: 2, host: "h2c.test" }, [{ path: "/" }]);
  expect((await gateway().request("/", { version: 2, host: "h2c.test" })).echo.proto).toBe("HTTP/2.0");
});

test("HTTPRouteBackendProtocolWebSocket: a WebSocket is opened, and what is sent comes back", async () => {
  const endpoints = [{ port: backend("v1").port }];
  await apply(serviceManifest({ name: "ws", appProtocol: "kubernetes.io/ws", endpoints }));
  await serve("ws", rule("/", "name: ws", "ws"));
  const { status, socket, text } = await gateway().webSocket("/ws", { host: "ws.test" });
  expect(status).toBe(101);
  socket.write("a text");
  await eventually(() => expect(text()).toBe("/ws\na text"));
  socket.write(Buffer.from([1, 2, 3, 4]));
  await eventually(() => expect(text()).toBe("/ws\na text\u0001\u0002\u0003\u0004"));
  socket.destroy();
});

test("HTTPRouteServiceTypes: endpoints come from hand-written slices, of headless Services, too", async () => {
  const { port } = backend("v1");
  const service = (name: string, spec: string, family: "IPv4" | "IPv6", address: string) => `---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: default }
spec: { ${spec}ports: [{ name: first, protocol: TCP, port: 80, targetPort: ${port} }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-${family.toLowerCase()}, namespace: default, labels: { kubernetes.io/service-name: ${name} } }
addressType: ${family}
ports: [{ name: first, port: ${port}, protocol: TCP }]
endpoints: [{ addresses: ["${address}"], conditions: { ready: true, serving: true, terminating: false } }]
`;
  await apply(
    service("manual", "", "IPv4", "127.0.0.1"),
    service("headless", "clusterIP: None, selector: { app: v1 }, ", "IPv4", "127.0.0.1"),
    service("headless-manual", "clusterIP: None, ", "IPv4", "127.0.0.1"),
  );
  const names = ["manual", "headless", "headless-manual"];
  await serve("services", ...names.map((name) => rule(`/${name}/`, `name: ${name}`, name)));
  await expectExchanges(
    gateway(),
    { backend: "v1" },
    names.map((name) => ({ path: `/${name}/` })),
  );
});
