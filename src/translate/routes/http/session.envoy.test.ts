import { afterAll, beforeAll, expect, test } from "vitest";
import { anyHost, type RunningEnvoy, startEnvoy } from "./testing/envoy.ts";
import { entriesOf, problemsOf, type RuleOptions } from "./testing/inputs.ts";

const rules: readonly RuleOptions[] = [
  {
    matches: ["/session"],
    sessionPersistence: { type: "Cookie", cookie: { name: "stick", path: "/", lifetimeType: "Session" } },
  },
  {
    matches: ["/permanent"],
    sessionPersistence: {
      type: "Cookie",
      absoluteTimeout: "1h",
      cookie: { path: "/permanent", lifetimeType: "Permanent" },
    },
  },
  { matches: ["/header"], sessionPersistence: { type: "Header", header: { name: "x-session" } } },
  { matches: ["/free"] },
];

let envoy: RunningEnvoy;
beforeAll(async () => {
  const entries = rules.flatMap((rule, ruleIndex) => entriesOf({ ...rule, ruleIndex, backends: ["pool"] }));
  envoy = await startEnvoy({ virtualHosts: [anyHost(entries)], backends: ["one", "two", "three"], pool: "pool" });
});
afterAll(() => envoy.stop());

async function backendsOf(path: string, headers: Record<string, string>): Promise<Set<string | undefined>> {
  const backends = new Set<string | undefined>();
  for (let i = 0; i < 12; i++) backends.add((await envoy.get(path, { headers })).seen?.backend);
  return backends;
}

test("without persistence requests go to all endpoints", async () => {
  expect((await backendsOf("/free", {})).size).toBe(3);
});

test("a session cookie has no age and keeps a client at its endpoint", async () => {
  const first = await envoy.get("/session");
  const cookie = first.headers["set-cookie"]?.[0] ?? "";
  expect(cookie).toMatch(/^stick="?[^;]+"?; Path=\/; HttpOnly$/i);
  expect(await backendsOf("/session", { cookie: cookie.split(";")[0] ?? "" })).toEqual(new Set([first.seen?.backend]));
});

test("a permanent cookie lasts as long as the session", async () => {
  expect((await envoy.get("/permanent")).headers["set-cookie"]?.[0]).toMatch(
    /^eg-session=.*Max-Age=3600.*Path=\/permanent/i,
  );
});

test("a header carries the session as well", async () => {
  const first = await envoy.get("/header");
  const session = String(first.headers["x-session"]);
  expect(await backendsOf("/header", { "x-session": session })).toEqual(new Set([first.seen?.backend]));
});

test("a broken lifetime is told", () => {
  const problems = problemsOf({
    sessionPersistence: { type: "Cookie", absoluteTimeout: "soon", cookie: { path: "/", lifetimeType: "Permanent" } },
  });
  expect(problems).toMatchObject([
    { reason: "UnsupportedValue", field: "spec.rules[0].sessionPersistence.absoluteTimeout" },
  ]);
});
