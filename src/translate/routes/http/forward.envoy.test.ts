import { afterAll, beforeAll, expect, test } from "vitest";
import type { HTTPRouteFilter } from "../../../api/gateway-api/httproute.ts";
import { anyHost, type RunningEnvoy, startEnvoy } from "./testing/envoy.ts";
import { entriesOf, type RuleOptions, requestHeaders, responseHeaders, rewrite } from "./testing/inputs.ts";

const full = (replaceFullPath: string) => rewrite({ path: { type: "ReplaceFullPath", replaceFullPath } });
const prefix = (replacePrefixMatch: string) => rewrite({ path: { type: "ReplacePrefixMatch", replacePrefixMatch } });

const mirror: HTTPRouteFilter = {
  type: "RequestMirror",
  requestMirror: { backendRef: { group: "", kind: "Service", name: "b", port: 80 } },
};

const rules: readonly RuleOptions[] = [
  { matches: ["/foo"], filters: [prefix("/xyz")] },
  { matches: ["/slash/"], filters: [prefix("/xyz/")] },
  { matches: ["/cut"], filters: [prefix("")] },
  { matches: ["/root"], filters: [prefix("/")] },
  { matches: ["/full"], filters: [full("/new\\1")] },
  { matches: ["=/exact"], filters: [full("new")] },
  { matches: ["~/re/[0-9]+"], filters: [full("/number")] },
  { matches: ["/host"], filters: [rewrite({ hostname: "other.example.org" })] },
  { matches: ["/hosthdr"], filters: [requestHeaders({ set: [{ name: "host", value: "third.example.org" }] })] },
  {
    matches: ["/headers"],
    filters: [
      requestHeaders({
        set: [{ name: "X-Set", value: "100%" }],
        add: [
          { name: "X-Add", value: "b,c" },
          { name: "X-Via", value: "%PROTOCOL%" },
        ],
        remove: ["X-Gone"],
      }),
      responseHeaders({
        set: [{ name: "X-From", value: "gateway" }],
        add: [{ name: "X-More", value: "1" }],
        remove: ["Content-Type"],
      }),
    ],
  },
  { matches: ["/none"], backends: [] },
  { matches: ["/invalid"], backends: [{ weight: 1 }, { weight: 3 }] },
  { matches: ["/half"], backends: ["a", { weight: 1 }] },
  {
    matches: ["/each"],
    filters: [
      requestHeaders({
        set: [
          { name: "x-one", value: "rule" },
          { name: "x-both", value: "rule" },
        ],
      }),
    ],
    backends: [
      { cluster: "a", weight: 1, filters: [requestHeaders({ set: [{ name: "X-Both", value: "a" }] })] },
      { cluster: "b", weight: 1, filters: [] },
    ],
  },
  {
    matches: ["/split"],
    backends: [
      { cluster: "a", weight: 1, filters: [prefix("/of-a")] },
      { cluster: "b", weight: 1, filters: [full("/of-b"), requestHeaders({ set: [{ name: "x-b", value: "1" }] })] },
      { weight: 1 },
      { cluster: "a", weight: 1, filters: [rewrite({ hostname: "fourth.example.org" })] },
    ],
  },
  { matches: ["/mirror"], filters: [mirror], mirrorTargets: { 0: "b" } },
  { matches: ["/retry"], retry: { attempts: 2, codes: [503] } },
];

let envoy: RunningEnvoy;
beforeAll(async () => {
  const entries = rules.flatMap((rule, ruleIndex) => entriesOf({ ...rule, ruleIndex }));
  envoy = await startEnvoy({ virtualHosts: [anyHost(entries)], backends: ["a", "b"] });
});
afterAll(() => envoy.stop());

test.each([
  ["/foo/bar", "/xyz/bar"],
  ["/foo", "/xyz"],
  ["/foo/", "/xyz/"],
  ["/foo?q=/foo", "/xyz?q=/foo"],
  ["/slash/bar", "/xyz/bar"],
  ["/slash", "/xyz"],
  ["/cut/bar", "/bar"],
  ["/cut/", "/"],
  ["/cut", "/"],
  ["/cut?q=1", "/?q=1"],
  ["/root/", "/"],
  ["/root", "/"],
  ["/root/bar/baz", "/bar/baz"],
  ["/full/one/two?q=1", "/new\\1?q=1"],
  ["/exact", "/new"],
  ["/re/12", "/number"],
])("the path %s reaches the backend as %s", async (path, rewritten) => {
  expect((await envoy.get(path)).seen?.path).toBe(rewritten);
});

test.each([["/foobar"], ["/exact/"], ["/re/x"], ["/re/1/2"], ["/Foo"]])("the path %s matches nothing", async (path) => {
  expect((await envoy.get(path)).status).toBe(404);
});

test("a rewritten host reaches the backend, which learns the original one from x-forwarded-host", async () => {
  const { seen } = await envoy.get("/host");
  expect(seen?.headers).toMatchObject({ host: "other.example.org", "x-forwarded-host": "www.example.com" });
  expect((await envoy.get("/hosthdr")).seen?.headers.host).toBe("third.example.org");
});

test("headers are set, added and removed, and a percent sign is no operator", async () => {
  const answer = await envoy.get("/headers", { headers: { "x-set": "old", "x-add": "a", "x-gone": "1" } });
  expect(answer.seen?.headers).toMatchObject({ "x-set": "100%", "x-add": "a, b,c", "x-via": "HTTP/1.1" });
  expect(answer.seen?.headers).not.toHaveProperty("x-gone");
  expect(answer.headers).toMatchObject({ "x-from": "gateway", "x-more": "1" });
  expect(answer.headers).not.toHaveProperty("content-type");
});

test("a rule without a valid backend answers 500", async () => {
  expect((await envoy.get("/none")).status).toBe(500);
  expect((await envoy.get("/invalid")).status).toBe(500);
});

async function tally(path: string, requests: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < requests; i++) {
    const { status, seen } = await envoy.get(path);
    const key = seen === undefined ? String(status) : `${seen.backend} ${seen.path} ${seen.headers.host}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

test("the share of an invalid backend is answered with 500", async () => {
  const counts = await tally("/half", 200);
  expect(Object.keys(counts).sort()).toEqual(["500", "a /half www.example.com"]);
  expect(counts["500"]).toBeGreaterThan(60);
  expect(counts["500"]).toBeLessThan(140);
});

test("backends that rewrite differently keep their shares", async () => {
  const counts = await tally("/split/x", 400);
  expect(Object.keys(counts).sort()).toEqual([
    "500",
    "a /of-a/x www.example.com",
    "a /split/x fourth.example.org",
    "b /of-b www.example.com",
  ]);
  for (const count of Object.values(counts)) {
    expect(count).toBeGreaterThan(60);
    expect(count).toBeLessThan(140);
  }
});

test("headers of one backend win over the rule's and do not reach the other backend", async () => {
  const seen = new Map<string, unknown>();
  for (let i = 0; i < 40; i++) {
    const answer = await envoy.get("/each");
    if (answer.seen) seen.set(answer.seen.backend, [answer.seen.headers["x-one"], answer.seen.headers["x-both"]]);
  }
  expect(Object.fromEntries(seen)).toEqual({ a: ["rule", "a"], b: ["rule", "rule"] });
});

test("a mirror gets a copy with the same host", async () => {
  await envoy.get("/mirror/1");
  await expect
    .poll(() => envoy.received.find((seen) => seen.backend === "b" && seen.path === "/mirror/1")?.headers.host)
    .toBe("www.example.com");
});

test("listed status codes are tried again as often as said, others are not", async () => {
  const count = (path: string) => envoy.received.filter((seen) => seen.path === path).length;
  await envoy.get("/retry?status=503");
  await envoy.get("/retry?status=500");
  expect([count("/retry?status=503"), count("/retry?status=500")]).toEqual([3, 1]);
});
