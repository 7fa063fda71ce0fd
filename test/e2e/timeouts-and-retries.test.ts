import { beforeAll, expect, test } from "vitest";
import { type EchoOrder, freePorts, httpRoute, serviceManifest, useBackend, useGateway } from "./harness/index.ts";

const gateway = useGateway();
const a = useBackend("a");
beforeAll(() => gateway().apply(a()));

let count = 0;

/** A route of its own with these fields beside its backendRefs. */
async function route(fields: string): Promise<string> {
  const host = `reliable-${++count}.test`;
  await gateway().apply(httpRoute(`reliable-${count}`, host, `- { ${fields}, backendRefs: [{ name: a, port: 80 }] }`));
  return host;
}

/** Status of a request with an order for the backend, and how often the backend got it. */
async function ask(host: string, order: EchoOrder): Promise<readonly [status: number, attempts: number]> {
  const { status } = await gateway().request("/", {
    host,
    headers: { "x-echo": JSON.stringify({ id: host, ...order }) },
  });
  return [status, a().received.filter((echo) => echo.host === host).length];
}

test("a request that takes longer than its timeout gets 504, a quicker one its answer", async () => {
  const host = await route("timeouts: { request: 1s }");
  expect((await ask(host, { delayMs: 10_000 }))[0]).toBe(504);
  expect((await ask(host, { delayMs: 1 }))[0]).toBe(200);
});

test("a timeout for the backend's answer works the same without retries", async () => {
  const host = await route("timeouts: { backendRequest: 300ms }");
  expect((await ask(host, { delayMs: 2_000 }))[0]).toBe(504);
});

test("a timeout of 0s means none", async () => {
  const host = await route("timeouts: { request: 0s }");
  expect((await ask(host, { delayMs: 500 }))[0]).toBe(200);
});

test("a changed timeout holds for the next request", async () => {
  const host = await route("timeouts: { request: 100ms }");
  expect((await ask(host, { delayMs: 1_000 }))[0]).toBe(504);
  const changed = "- { timeouts: { request: 10s }, backendRefs: [{ name: a, port: 80 }] }";
  await gateway().apply(httpRoute(`reliable-${count}`, host, changed));
  expect((await ask(host, { delayMs: 300 }))[0]).toBe(200);
});

test("listed status codes are tried again, as often as said", async () => {
  const host = await route("retry: { codes: [500, 503], attempts: 3, backoff: 1ms }");
  expect(await ask(host, { status: 503, times: 2 })).toEqual([200, 3]);
});

test("after the last attempt the client gets the backend's answer", async () => {
  const host = await route("retry: { codes: [503], attempts: 2, backoff: 1ms }");
  expect(await ask(host, { status: 503 })).toEqual([503, 3]);
});

test("other status codes are not tried again", async () => {
  const host = await route("retry: { codes: [503], attempts: 2, backoff: 1ms }");
  expect(await ask(host, { status: 500 })).toEqual([500, 1]);
});

test("without retry nothing is tried again", async () => {
  const host = await route("timeouts: { request: 10s }");
  expect(await ask(host, { status: 503 })).toEqual([503, 1]);
});

test("an attempt that takes too long is followed by the next", async () => {
  const host = await route(
    "timeouts: { request: 10s, backendRequest: 1s }, retry: { codes: [500], attempts: 3, backoff: 1ms }",
  );
  expect(await ask(host, { delayMs: 10_000, times: 1 })).toEqual([200, 2]);
});

test("the request's timeout bounds all attempts together", async () => {
  const host = await route("timeouts: { request: 2s }, retry: { codes: [503], attempts: 100, backoff: 100ms }");
  const [status, attempts] = await ask(host, { status: 503, delayMs: 150 });
  expect([503, 504]).toContain(status);
  expect(attempts).toBeGreaterThan(1);
  expect(attempts).toBeLessThan(20);
});

test("a refused connection is tried again at another endpoint", async () => {
  const [dead = 0] = await freePorts(1);
  const endpoints = [{ port: dead }, { port: a().port }];
  const rules = (retry: string) => `- { backendRefs: [{ name: half, port: 80 }]${retry} }`;
  await gateway().apply(
    serviceManifest({ name: "half", endpoints }),
    httpRoute("half", "half.test", rules(", retry: { attempts: 3, backoff: 1ms }")),
    httpRoute("half-once", "half-once.test", rules("")),
  );
  const statuses = async (host: string) => {
    const found = new Set<number>();
    for (let i = 0; i < 20; i++) found.add((await gateway().request("/", { host })).status);
    return [...found].sort();
  };
  expect(await statuses("half.test")).toEqual([200]);
  expect(await statuses("half-once.test")).toEqual([200, 503]);
});
