import { beforeAll, expect, test } from "vitest";
import { type Answer, httpRoute, useBackend, useGateway } from "./harness/index.ts";

const gateway = useGateway();
const a = useBackend("a");
beforeAll(() => gateway().apply(a()));

const rule = (cors: string, more = "") =>
  `- { filters: [{ type: CORS, cors: { ${cors} } }], backendRefs: [{ name: a, port: 80 }]${more} }`;

function preflight(host: string, origin: string, method = "PUT", headers = "x-one"): Promise<Answer> {
  return gateway().request("/x", {
    host,
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": method, "access-control-request-headers": headers },
  });
}

test("a preflight request of an allowed origin is answered by the gateway", async () => {
  const host = "cors.test";
  const options =
    "allowOrigins: ['https://www.foo.com', 'https://*.bar.com'], allowMethods: [GET, PUT], allowHeaders: [X-One, x-two], exposeHeaders: [x-three], maxAge: 3600, allowCredentials: true";
  await gateway().apply(httpRoute("cors", host, rule(options)));
  const before = a().received.length;
  const answer = await preflight(host, "https://www.foo.com");
  expect(answer.status).toBe(200);
  expect(answer.headers).toMatchObject({
    "access-control-allow-origin": "https://www.foo.com",
    "access-control-max-age": "3600",
    "access-control-allow-credentials": "true",
  });
  expect(answer.headers["access-control-allow-methods"]?.split(/, */).sort()).toEqual(["GET", "PUT"]);
  expect(answer.headers["access-control-allow-headers"]?.toLowerCase().split(/, */).sort()).toEqual(["x-one", "x-two"]);
  expect(a().received.length).toBe(before);
});

test("an origin's first label may be anything under a wildcard, and nothing else may", async () => {
  const allowed = async (origin: string) =>
    (await preflight("cors.test", origin)).headers["access-control-allow-origin"] === origin;
  for (const origin of ["https://x.bar.com", "https://a.b.bar.com"]) expect(await allowed(origin), origin).toBe(true);
  for (const origin of ["https://bar.com", "http://x.bar.com", "https://x.bar.com.evil.com", "https://x.bar.com:444"]) {
    expect(await allowed(origin), origin).toBe(false);
  }
});

test("a preflight request of another origin never reaches the backend and gets no permission", async () => {
  const before = a().received.length;
  const answer = await preflight("cors.test", "https://evil.test");
  expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
  expect(a().received.length).toBe(before);
});

test("an ordinary request of an allowed origin is served with the permission; that of another one without", async () => {
  const good = await gateway().request("/", { host: "cors.test", headers: { origin: "https://www.foo.com" } });
  expect([good.status, good.headers["access-control-allow-origin"]]).toEqual([200, "https://www.foo.com"]);
  expect(good.headers["access-control-expose-headers"]).toBe("x-three");
  const bad = await gateway().request("/", { host: "cors.test", headers: { origin: "https://evil.test" } });
  expect([bad.status, bad.headers["access-control-allow-origin"]]).toEqual([200, undefined]);
});

test("wildcards without credentials", async () => {
  const host = "cors-any.test";
  await gateway().apply(
    httpRoute(
      "cors-any",
      host,
      rule("allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*'], exposeHeaders: ['*']"),
    ),
  );
  const answer = await preflight(host, "https://any.test", "DELETE", "x-any");
  expect(["*", "https://any.test"]).toContain(answer.headers["access-control-allow-origin"]);
  expect(["*", "DELETE"]).toContain(answer.headers["access-control-allow-methods"]);
  expect(["*", "x-any"]).toContain(answer.headers["access-control-allow-headers"]);
  expect(answer.headers["access-control-allow-credentials"]).toBeUndefined();
  expect(answer.headers["access-control-max-age"]).toBe("5");
});

test("with credentials the origin is named, never a star", async () => {
  const host = "cors-credentials.test";
  await gateway().apply(
    httpRoute(
      "cors-credentials",
      host,
      rule("allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*'], allowCredentials: true"),
    ),
  );
  const answer = await preflight(host, "https://any.test", "PATCH", "x-any");
  expect(answer.headers).toMatchObject({
    "access-control-allow-origin": "https://any.test",
    "access-control-allow-methods": "PATCH",
    "access-control-allow-headers": "x-any",
    "access-control-allow-credentials": "true",
  });
});

test("a rule for one method answers the preflight requests for that method", async () => {
  const host = "cors-method.test";
  await gateway().apply(
    httpRoute(
      "cors-method",
      host,
      rule("allowOrigins: ['https://foo.test'], allowMethods: [PUT]", ", matches: [{ method: PUT }]"),
    ),
  );
  expect((await preflight(host, "https://foo.test")).headers["access-control-allow-origin"]).toBe("https://foo.test");
  expect((await gateway().request("/", { host })).status).toBe(404);
});

test("without the filter preflight requests are the backend's business", async () => {
  const host = "cors-none.test";
  await gateway().apply(httpRoute("cors-none", host, rule("allowOrigins: ['https://foo.test']")));
  expect((await preflight(host, "https://foo.test")).headers["access-control-allow-origin"]).toBe("https://foo.test");
  await gateway().apply(httpRoute("cors-none", host, "- backendRefs: [{ name: a, port: 80 }]"));
  expect((await preflight(host, "https://foo.test")).echo.method).toBe("OPTIONS");
});
