import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { HTTPRouteMatch } from "../../../api/gateway-api/http-match.ts";
import { DirectResponseActionSchema, RouteSchema } from "../../../gen/envoy/config/route/v3/route_components_pb.js";
import { MatcherSchema } from "../../../gen/xds/type/matcher/v3/matcher_pb.js";
import { planTree } from "./matcher-leaves.ts";
import { encodeMatcherTree, type TreeEntry } from "./matcher-tree.ts";
import { type RunningEnvoy, startEnvoy } from "./testing/envoy.ts";
import { decodeTree, evaluateList, evaluateTree, type Request } from "./testing/evaluate.ts";
import { entriesOf, match } from "./testing/inputs.ts";

const segment = fc.constantFrom("a", "b", "ab", "a1", "a10", "p");
const path = fc.array(segment, { maxLength: 3 }).map((segments) => `/${segments.join("/")}`);
const matchOf = (paths: fc.Arbitrary<string>): fc.Arbitrary<HTTPRouteMatch> =>
  fc
    .record({
      path: paths,
      method: fc.option(fc.constantFrom("GET" as const, "POST" as const), { nil: undefined }),
      header: fc.option(fc.constantFrom("1", "2"), { nil: undefined }),
      query: fc.option(fc.constantFrom("1", "2"), { nil: undefined }),
    })
    .map(({ path: text, method, header, query }) =>
      match(text, {
        ...(method === undefined ? {} : { method }),
        ...(header === undefined ? {} : { headers: [{ type: "Exact", name: "X-H", value: header }] }),
        ...(query === undefined ? {} : { queryParams: [{ type: "Exact", name: "q", value: query }] }),
      }),
    );
/** Mostly paths; what every leaf needs a copy of (`/`, regular expressions) comes in different amounts. */
const matchesArbitrary = fc
  .tuple(
    fc.array(
      matchOf(
        fc.oneof(
          path,
          path,
          path.map((value) => `=${value}`),
        ),
      ),
      { minLength: 32, maxLength: 80 },
    ),
    fc.array(matchOf(fc.constantFrom("~/a.*", "~/[ab]/a1?", "~.*/p")), { maxLength: 2 }),
    fc.array(matchOf(fc.constant("/")), { maxLength: 8 }),
  )
  .map((parts) => parts.flat());
const requestArbitrary: fc.Arbitrary<Request> = fc.record({
  method: fc.constantFrom("GET", "POST"),
  path: fc
    .tuple(path, fc.constantFrom("", "/", "x", "?q=1", "?q=2", "/?q=1", "?x=/a/b"))
    .map(([start, end]) => `${start}${end}`),
  headers: fc.constantFrom({}, { "x-h": "1" }, { "x-h": "2" }),
});

/** Encoded entries of one rule per match, in order of precedence. */
function encoded(matches: readonly HTTPRouteMatch[]): readonly TreeEntry[] {
  return matches
    .flatMap((one, ruleIndex) => entriesOf({ matches: [one], ruleIndex, backends: [] }))
    .sort((a, b) => (a.sortKey < b.sortKey ? -1 : 1))
    .map(({ name, path: at, route }) => ({
      path: at,
      bytes: toBinary(RouteSchema, create(RouteSchema, { ...route, name })),
    }));
}

function routes(entries: readonly TreeEntry[]) {
  return entries.map((entry) => fromBinary(RouteSchema, entry.bytes));
}

/** Paths of numbered services, too many to be tried one after another. */
function services(count: number): HTTPRouteMatch[] {
  return Array.from({ length: count }, (_, i) => match(`/p${String(i).padStart(5, "0")}`));
}

test("a tree leads every request to the route that the list leads it to", { timeout: 60_000 }, () => {
  let trees = 0;
  fc.assert(
    fc.property(matchesArbitrary, fc.array(requestArbitrary, { minLength: 50, maxLength: 50 }), (matches, requests) => {
      const entries = encoded(matches);
      const tree = encodeMatcherTree(entries);
      if (tree === undefined) return;
      trees++;
      const list = routes(entries);
      const decoded = decodeTree(tree);
      for (const request of requests) expect(evaluateTree(decoded, request)).toBe(evaluateList(list, request));
    }),
    { numRuns: 120 },
  );
  // Random lists are often too short for a tree; the runs are so many that this many trees are met practically always.
  expect(trees).toBeGreaterThan(20);
});

test("a prefix ends at the border of a segment", () => {
  const entries = encoded([...services(40), match("/p00001/x"), match("/")]);
  const tree = decodeTree(encodeMatcherTree(entries) ?? new Uint8Array());
  const winner = (at: string) =>
    /rule\/(\d+)/.exec(evaluateTree(tree, { method: "GET", path: at, headers: {} }) ?? "")?.[1];
  expect(["/p00001", "/p00001/", "/p00001?x=1", "/p000011", "/p00001/x", "/p00001/xy", "/P00001"].map(winner)).toEqual([
    "1",
    "1",
    "1",
    "41",
    "40",
    "1",
    "41",
  ]);
});

test("few routes stay a list, and so do routes that paths do not tell apart", () => {
  expect(encodeMatcherTree(encoded(services(31)))).toBeUndefined();
  const alike = Array.from({ length: 60 }, (_, i) =>
    match("/", { headers: [{ type: "Exact", name: "x", value: String(i) }] }),
  );
  expect(encodeMatcherTree(encoded(alike))).toBeUndefined();
});

test("many routes on / make paths share keys, and the tree stays small", () => {
  const onRoot = Array.from({ length: 30 }, (_, i) =>
    match("/", { headers: [{ type: "Exact", name: "x-h", value: String(i) }] }),
  );
  const entries = encoded([...services(600), ...onRoot, match("/p00017/sub"), match("=/p00017")]);
  const plan = planTree(entries);
  const sizes = plan?.keys.map((key) => plan.routesOf(key).length) ?? [];
  expect(sizes.length).toBeGreaterThan(10);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(4 * entries.length);
  const tree = decodeTree(encodeMatcherTree(entries) ?? new Uint8Array());
  const list = routes(entries);
  for (const at of ["/", "/p", "/p00017", "/p00017/", "/p00017/sub", "/p00017/sub?x", "/p00599/x", "/p006", "/zzz"]) {
    for (const headers of [{}, { "x-h": "7" }]) {
      const request = { method: "GET", path: at, headers };
      expect(evaluateTree(tree, request)).toBe(evaluateList(list, request));
    }
  }
});

test("one changed route re-encodes the leaves that have it, and gives the bytes that a new tree has", () => {
  const entries = encoded([...services(100), match("/p00042/x")]);
  encodeMatcherTree(entries);
  const changed = entries.map((entry) =>
    entry.path.value === "/p00042" ? { ...entry, bytes: encoded([match("/p00042")])[0]?.bytes ?? entry.bytes } : entry,
  );
  const copies = changed.map((entry) => ({ ...entry, bytes: entry.bytes.slice() }));
  expect(encodeMatcherTree(changed)).toEqual(encodeMatcherTree(copies));
});

let envoy: RunningEnvoy;
const sample = encoded([
  ...services(40),
  match("/"),
  match("=/p00003"),
  match("/p00003/x", { method: "POST" }),
  match("/p00003", { queryParams: [{ type: "Exact", name: "q", value: "1" }] }),
  match("~/p0000[0-9]/re"),
  match("~/none.*"),
  match("/p00004", { headers: [{ type: "RegularExpression", name: "x-h", value: "a+" }] }),
]);
beforeAll(async () => {
  const answering = routes(sample).map((route) => {
    const body = { specifier: { case: "inlineString" as const, value: route.name } };
    const value = create(DirectResponseActionSchema, { status: 200, body });
    return Object.assign(route, { action: { case: "directResponse" as const, value } });
  });
  const tree = encodeMatcherTree(
    answering.map((route, i) => ({
      path: sample[i]?.path ?? { type: "prefix", value: "/" },
      bytes: toBinary(RouteSchema, route),
    })),
  );
  envoy = await startEnvoy({
    virtualHosts: [
      { name: "tree", domains: ["tree.test"], matcher: fromBinary(MatcherSchema, tree ?? new Uint8Array()) },
      { name: "list", domains: ["list.test"], routes: answering },
    ],
  });
});
afterAll(() => envoy.stop());

test("Envoy finds the same route through the tree as through the list", async () => {
  const requests = [
    "/",
    "/p00003",
    "/p00003/",
    "/p00003?q=1",
    "/p00003/x",
    "/p00003/x?q=1",
    "/p00003/re",
    "/p000031",
    "/none",
    "/p00004/y",
    "/p00039/a/b",
    "/P00001",
    "/p00005?x=/p00006",
  ].flatMap((at) =>
    ["GET", "POST"].flatMap((method) => [{}, { "x-h": "aa" }].map((headers) => ({ path: at, method, headers }))),
  );
  const list = routes(sample);
  for (const request of requests) {
    const [byTree, byList] = await Promise.all(
      ["tree.test", "list.test"].map((host) =>
        envoy.get(request.path, { method: request.method, headers: { ...request.headers, host } }),
      ),
    );
    expect([request, byTree?.body]).toEqual([request, byList?.body]);
    expect(byTree?.body).toBe(evaluateList(list, request));
  }
});
