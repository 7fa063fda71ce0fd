import { afterAll, beforeAll, expect, test } from "vitest";
import type { HTTPCORSFilter } from "../../../api/gateway-api/http-filters.ts";
import { anyHost, type RunningEnvoy, startEnvoy } from "./testing/envoy.ts";
import { entriesOf, match, type RuleOptions } from "./testing/inputs.ts";

const cors = (filter: Partial<HTTPCORSFilter>) => ({ type: "CORS" as const, cors: { maxAge: 5, ...filter } });

const rules: readonly RuleOptions[] = [
  {
    matches: ["/named"],
    filters: [
      cors({
        allowOrigins: ["https://www.foo.com", "https://*.bar.com", "http://Port.test:8080", "https://default.test:443"],
        allowMethods: ["GET", "OPTIONS"],
        allowHeaders: ["x-header-1", "x-header-2"],
        exposeHeaders: ["x-header-3", "x-header-4"],
        allowCredentials: true,
        maxAge: 3600,
      }),
    ],
  },
  {
    matches: ["/any"],
    filters: [cors({ allowOrigins: ["*"], allowMethods: ["*"], allowHeaders: ["*"], exposeHeaders: ["*"] })],
  },
  {
    matches: ["/credentials"],
    filters: [
      cors({
        allowOrigins: ["*"],
        allowMethods: ["*"],
        allowHeaders: ["*"],
        exposeHeaders: ["*"],
        allowCredentials: true,
      }),
    ],
  },
  { matches: ["/https"], filters: [cors({ allowOrigins: ["https://*"] })] },
  { matches: [match("/method", { method: "PUT" })], filters: [cors({ allowOrigins: ["*"], allowMethods: ["PUT"] })] },
  {
    matches: [match("/method", { method: "DELETE" })],
    filters: [cors({ allowOrigins: ["https://other.test"], allowMethods: ["DELETE"] })],
  },
];

let envoy: RunningEnvoy;
beforeAll(async () => {
  const entries = rules.flatMap((rule, ruleIndex) => entriesOf({ ...rule, ruleIndex }));
  envoy = await startEnvoy({ virtualHosts: [anyHost(entries)], backends: ["a"] });
});
afterAll(() => envoy.stop());

const preflight = (path: string, origin: string, method = "GET", headers = "x-header-1") =>
  envoy.get(path, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": method, "access-control-request-headers": headers },
  });
const allowed = async (path: string, origin: string) => {
  const [before, simple] = await Promise.all([preflight(path, origin), envoy.get(path, { headers: { origin } })]);
  return [before.headers["access-control-allow-origin"], simple.headers["access-control-allow-origin"], simple.status];
};

test("a preflight request of a listed origin is answered with everything that is allowed", async () => {
  const { status, headers, seen } = await preflight("/named", "https://www.foo.com");
  expect(seen).toBeUndefined();
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    "access-control-allow-origin": "https://www.foo.com",
    "access-control-allow-methods": "GET, OPTIONS",
    "access-control-allow-headers": "x-header-1, x-header-2",
    "access-control-expose-headers": "x-header-3, x-header-4",
    "access-control-allow-credentials": "true",
    "access-control-max-age": "3600",
  });
});

test.each([
  ["/named", "https://www.foo.com", true],
  ["/named", "https://www.bar.com", true],
  ["/named", "https://a.b.bar.com", true],
  ["/named", "https://bar.com", false],
  ["/named", "https://evil.com/.bar.com", false],
  ["/named", "https://wwwxbar.com", false],
  ["/named", "http://www.foo.com", false],
  ["/named", "https://www.foo.com:8443", false],
  ["/named", "http://port.test:8080", true],
  ["/named", "https://default.test", true],
  ["/any", "https://foobar.com:12345", true],
  ["/https", "https://anything.test", true],
  ["/https", "https://[::1]", true],
  ["/https", "http://anything.test", false],
])("%s and origin %s: allowed %s", async (path, origin, isAllowed) => {
  const expected = isAllowed ? origin : undefined;
  expect(await allowed(path, origin)).toEqual([expected, expected, 200]);
});

test("without credentials wildcards may be answered as such, and no credentials header is sent", async () => {
  const { headers } = await preflight("/any", "https://x.test", "PUT");
  expect(["PUT", "*"]).toContain(headers["access-control-allow-methods"]);
  expect(["x-header-1", "*"]).toContain(headers["access-control-allow-headers"]);
  expect(headers).not.toHaveProperty("access-control-allow-credentials");
});

test("with credentials wildcards are answered with what was asked for", async () => {
  const { headers } = await preflight("/credentials", "https://x.test", "PUT", "x-header-1, x-header-2");
  expect(headers).toMatchObject({
    "access-control-allow-origin": "https://x.test",
    "access-control-allow-methods": "PUT",
    "access-control-allow-headers": "x-header-1, x-header-2",
    "access-control-allow-credentials": "true",
  });
  expect(headers).not.toHaveProperty("access-control-expose-headers");
});

test("the rule that would take a request answers its preflight request", async () => {
  expect((await preflight("/method", "https://x.test", "PUT")).headers["access-control-allow-methods"]).toBe("PUT");
  expect((await preflight("/method", "https://other.test", "DELETE")).headers["access-control-allow-methods"]).toBe(
    "DELETE",
  );
  expect(
    (await preflight("/method", "https://x.test", "DELETE")).headers["access-control-allow-origin"],
  ).toBeUndefined();
  expect((await envoy.get("/method", { method: "OPTIONS" })).status).toBe(404);
});
