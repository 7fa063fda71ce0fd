import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { anyHost, type RunningEnvoy, startEnvoy } from "./testing/envoy.ts";
import { entriesOf, type RuleOptions, rewrite } from "./testing/inputs.ts";

const rules: readonly RuleOptions[] = [
  { matches: ["/request"], timeouts: { request: "200ms" } },
  { matches: ["/attempt"], timeouts: { backendRequest: "200ms" } },
  { matches: ["/each"], timeouts: { backendRequest: "200ms" }, retry: { attempts: 2, codes: [500] } },
  { matches: ["/both"], timeouts: { request: "500ms", backendRequest: "300ms" }, retry: { attempts: 9 } },
  { matches: ["/zero"], retry: { attempts: 0, codes: [500] } },
  { matches: ["/refused"], retry: { attempts: 3 }, backends: ["half-dead"] },
  { matches: ["/reset"], retry: { attempts: 3 }, backends: ["resetting"] },
  {
    matches: ["/socket"],
    filters: [rewrite({ hostname: "ws.test", path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/ws" } })],
  },
];

/** Takes a request and resets the connection, so that nobody knows whether it acted on it. */
let resetting: Server;
let resets = 0;
let envoy: RunningEnvoy;
beforeAll(async () => {
  resetting = createServer((socket) => {
    socket.once("data", () => {
      resets++;
      socket.resetAndDestroy();
    });
  });
  await new Promise<void>((resolve) => resetting.listen(0, "127.0.0.1", resolve));
  const entries = rules.flatMap((rule, ruleIndex) => entriesOf({ ...rule, ruleIndex }));
  envoy = await startEnvoy({
    virtualHosts: [anyHost(entries)],
    backends: ["a"],
    ports: { resetting: (resetting.address() as AddressInfo).port },
    pool: "half-dead",
    deadEndpoints: 1,
  });
});
afterAll(async () => {
  await envoy.stop();
  resetting.close();
});

const attempts = (path: string) => envoy.received.filter((seen) => seen.path === path).length;

test.each(["/request", "/attempt"])("a backend slower than the timeout of %s is given up with 504", async (path) => {
  expect((await envoy.get(`${path}?delay=2000`)).status).toBe(504);
  expect((await envoy.get(path)).status).toBe(200);
});

test("an attempt that takes too long is followed by the next, up to the number of retries", async () => {
  expect((await envoy.get("/each?delay=2000")).status).toBe(504);
  expect(attempts("/each?delay=2000")).toBe(3);
});

test("the request's timeout ends all attempts", async () => {
  expect((await envoy.get("/both?delay=2000")).status).toBe(504);
  expect(attempts("/both?delay=2000")).toBeLessThan(4);
});

test("zero attempts mean no retry", async () => {
  expect((await envoy.get("/zero?status=500")).status).toBe(500);
  expect(attempts("/zero?status=500")).toBe(1);
});

test("a connection that is refused is tried at another endpoint", async () => {
  const statuses = new Set<number>();
  for (let i = 0; i < 20; i++) statuses.add((await envoy.get("/refused")).status);
  expect(statuses).toEqual(new Set([200]));
});

test("a request that was sent when the connection broke is not sent again", async () => {
  expect((await envoy.get("/reset")).status).toBe(503);
  expect(resets).toBe(1);
});

test("a websocket is let through, with host and path rewritten", async () => {
  const headers = { host: "www.test", connection: "upgrade", upgrade: "websocket" };
  const echoed = await new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port: envoy.port, path: "/socket/x", headers });
    sent.on("upgrade", (_response, socket) => {
      socket.write("hello");
      socket.once("data", (data) => {
        resolve(String(data));
        socket.destroy();
      });
    });
    sent.on("response", (response) => reject(new Error(`answered ${response.statusCode}`)));
    sent.on("error", reject).end();
  });
  expect(echoed).toBe("hello");
  expect(envoy.received.at(-1)).toMatchObject({ path: "/ws/x", headers: { host: "ws.test" } });
});
