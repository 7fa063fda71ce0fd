import { beforeAll, expect, test } from "vitest";
import { eventually, httpRoute, useBackend, useGateway } from "./harness/index.ts";

const gateway = useGateway();
const main = useBackend("main");
const copy = useBackend("copy");
const other = useBackend("other");
beforeAll(() => gateway().apply(main(), copy(), other()));

const mirror = (name: string, share = "") =>
  `{ type: RequestMirror, requestMirror: { backendRef: { name: ${name}, port: 80 }${share} } }`;
const rule = (...filters: readonly string[]) =>
  `- { filters: [${filters.join(", ")}], backendRefs: [{ name: main, port: 80 }] }`;

/** How many requests for a host the backends got, waiting for copies on their way. */
async function counts(host: string, total: number): Promise<Record<string, number>> {
  const count = (backend: typeof main) => backend().received.filter((echo) => echo.host === host).length;
  const found = () => ({ main: count(main), copy: count(copy), other: count(other) });
  await eventually(() => expect(Object.values(found()).reduce((a, b) => a + b)).toBeGreaterThanOrEqual(total));
  return found();
}

test("a copy of each request goes to the mirror, and the client gets the other answer", async () => {
  const host = "mirror.test";
  await gateway().apply(httpRoute("mirror", host, rule(mirror("copy"))));
  for (let i = 0; i < 5; i++) {
    const answer = await gateway().request(`/x?i=${i}`, { host, method: "POST", body: `body ${i}` });
    expect(answer.echo.pod).toBe("main");
  }
  expect(await counts(host, 10)).toEqual({ main: 5, copy: 5, other: 0 });
  const copied = copy().received.filter((echo) => echo.host === host);
  expect(copied.map(({ path, method, body }) => [path, method, body]).sort()).toEqual(
    Array.from({ length: 5 }, (_, i) => [`/x?i=${i}`, "POST", `body ${i}`]),
  );
});

test("several mirrors get a copy each", async () => {
  const host = "mirrors.test";
  await gateway().apply(httpRoute("mirrors", host, rule(mirror("copy"), mirror("other"))));
  await gateway().request("/", { host });
  expect(await counts(host, 3)).toEqual({ main: 1, copy: 1, other: 1 });
});

test("a mirror that fails or is slow does not matter to the client", async () => {
  const host = "mirror-slow.test";
  await gateway().apply(
    httpRoute(
      "mirror-slow",
      host,
      `- { filters: [${mirror("copy")}, { type: RequestHeaderModifier, requestHeaderModifier: { remove: [x-nothing] } }], backendRefs: [{ name: main, port: 80 }] }`,
    ),
  );
  const before = copy().received.length;
  const answer = await gateway().request("/", { host, headers: { "x-echo": JSON.stringify({ id: "m", times: 0 }) } });
  expect(answer.status).toBe(200);
  await eventually(() => expect(copy().received.length).toBe(before + 1));
});

test.each([
  ["percent 0", ", percent: 0", 0, 0],
  ["percent 100", ", percent: 100", 200, 200],
  ["half", ", percent: 50", 60, 140],
  ["a quarter as fraction", ", fraction: { numerator: 1, denominator: 4 }", 20, 90],
  ["numerator 0", ", fraction: { numerator: 0, denominator: 7 }", 0, 0],
  ["half as odd fraction", ", fraction: { numerator: 7, denominator: 14 }", 60, 140],
])("%s: the mirror gets about that share", async (name, share, least, most) => {
  const host = `${name.replaceAll(" ", "-")}.mirror.test`;
  await gateway().apply(httpRoute(name.replaceAll(" ", "-"), host, rule(mirror("copy", share))));
  for (let i = 0; i < 200; i += 20)
    await Promise.all(Array.from({ length: 20 }, () => gateway().request("/", { host })));
  const { main: direct, copy: copied = 0 } = await counts(host, 200 + least);
  expect(direct).toBe(200);
  expect(copied).toBeGreaterThanOrEqual(least);
  expect(copied).toBeLessThanOrEqual(most);
});

test("a mirror whose backend does not exist is told in the status, and requests are served all the same", async () => {
  const host = "mirror-missing.test";
  await gateway().apply(httpRoute("mirror-missing", host, rule(mirror("missing"))));
  expect((await gateway().request("/", { host })).echo.pod).toBe("main");
  expect(gateway().conditions("HTTPRoute default/mirror-missing")).toContain("ResolvedRefs=False BackendNotFound");
});

test("a mirror goes away with its filter", async () => {
  const host = "mirror-gone.test";
  await gateway().apply(httpRoute("mirror-gone", host, rule(mirror("copy"))));
  await gateway().request("/1", { host });
  await gateway().apply(httpRoute("mirror-gone", host, "- backendRefs: [{ name: main, port: 80 }]"));
  await gateway().request("/2", { host });
  expect(await counts(host, 3)).toEqual({ main: 2, copy: 1, other: 0 });
});
