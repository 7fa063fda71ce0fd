import { beforeAll, expect, test } from "vitest";
import { httpRoute, serviceManifest, useBackend, useGateway } from "./harness/index.ts";

const gateway = useGateway();
const backends = ["one", "two", "three"].map((name) => useBackend(name));
const service = (ports: readonly number[]) =>
  serviceManifest({ name: "pool", endpoints: ports.map((port) => ({ port })) });
beforeAll(() => gateway().apply(service(backends.map((backend) => backend().port))));

const rule = (session: string) => `- { sessionPersistence: { ${session} }, backendRefs: [{ name: pool, port: 80 }] }`;

/** Backends of 20 requests with these headers. */
async function takers(host: string, headers: Record<string, string>): Promise<string[]> {
  const names = new Set<string>();
  for (let i = 0; i < 20; i++) names.add((await gateway().request("/", { host, headers })).echo.pod);
  return [...names].sort();
}

test("a client with the session's cookie stays at its endpoint, others are spread", async () => {
  const host = "cookie.test";
  await gateway().apply(httpRoute("cookie", host, rule("cookie: { name: shop }")));
  const first = await gateway().request("/", { host });
  const [cookie = ""] = first.header("set-cookie");
  expect(cookie).toMatch(/^shop="?[^;]+; .*Path=\//i);
  expect(cookie).not.toMatch(/max-age/i);
  const [pair = ""] = cookie.split(";");
  expect(await takers(host, { cookie: `other=1; ${pair}` })).toEqual([first.echo.pod]);
  expect(await takers(host, {})).toEqual(["one", "three", "two"]);
});

test("a permanent cookie has the session's time", async () => {
  const host = "permanent.test";
  await gateway().apply(
    httpRoute(
      "permanent",
      host,
      rule("absoluteTimeout: 1h, cookie: { name: shop, lifetimeType: Permanent, path: /x }"),
    ),
  );
  const [cookie = ""] = (await gateway().request("/x", { host })).header("set-cookie");
  expect(cookie).toMatch(/max-age=3600/i);
  expect(cookie).toMatch(/path=\/x/i);
});

test("a client that sends the session's header back stays at its endpoint", async () => {
  const host = "header.test";
  await gateway().apply(httpRoute("header", host, rule("type: Header, header: { name: x-session }")));
  const first = await gateway().request("/", { host });
  const session = first.headers["x-session"];
  expect(session).toEqual(expect.any(String));
  expect(await takers(host, { "x-session": String(session) })).toEqual([first.echo.pod]);
});

test("a session stays at its endpoint although the backends have weights", async () => {
  const host = "weighted.test";
  const refs = ["one", "two"].map((name) => `{ name: ${name}, port: 80 }`);
  await gateway().apply(
    ...backends.slice(0, 2).map((backend) => backend()),
    httpRoute(
      "weighted",
      host,
      `- { sessionPersistence: { cookie: { name: shop } }, backendRefs: [${refs.join(", ")}] }`,
    ),
  );
  const first = await gateway().request("/", { host });
  const [pair = ""] = (first.header("set-cookie")[0] ?? "").split(";");
  expect(await takers(host, { cookie: pair })).toEqual([first.echo.pod]);
  expect(await takers(host, {})).toEqual(["one", "two"]);
});

test("when the session's endpoint is gone, another one takes over", async () => {
  const host = "gone.test";
  await gateway().apply(httpRoute("gone", host, rule("type: Header, header: { name: x-session }")));
  const first = await gateway().request("/", { host });
  const headers = { "x-session": String(first.headers["x-session"]) };
  const rest = backends.filter((backend) => backend().name !== first.echo.pod);
  await gateway().delete("EndpointSlice default/pool-2");
  await gateway().apply(service(rest.map((backend) => backend().port)));
  const next = await takers(host, headers);
  expect(next).not.toContain(first.echo.pod);
  await gateway().apply(service(backends.map((backend) => backend().port)));
});
