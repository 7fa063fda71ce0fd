import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { GRPCMethodMatch, GRPCRoute, GRPCRouteMatch } from "../../../api/gateway-api/grpcroute.ts";
import { RouteSchema } from "../../../gen/envoy/config/route/v3/route_components_pb.js";
import { encodeMatcherTree } from "../http/matcher-tree.ts";
import { translateRule } from "../http/rule.ts";
import { decodeTree, evaluateList, evaluateTree } from "../http/testing/evaluate.ts";

const route: GRPCRoute = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "GRPCRoute",
  metadata: { name: "r", namespace: "ns" },
  spec: {},
};

/** Entries of one rule per match, in order of precedence, encoded. */
function encoded(matches: readonly GRPCRouteMatch[]) {
  return matches
    .flatMap((match, ruleIndex) => {
      const targets = { ruleIndex, backends: [], mirrors: new Map(), externalAuth: new Map(), extensions: new Map() };
      const { entries, problems } = translateRule({ protocol: "grpc", route, rule: { matches: [match] }, ...targets });
      expect(problems).toEqual([]);
      return entries;
    })
    .sort((a, b) => (a.sortKey < b.sortKey ? -1 : 1))
    .map(({ name, path, route: message }) => ({
      path,
      bytes: toBinary(RouteSchema, create(RouteSchema, { ...message, name })),
    }));
}

const call = (service: string, method: string, headers: Readonly<Record<string, string>> = {}) => ({
  method: "POST",
  path: `/${service}/${method}`,
  headers,
});
const exact = (service?: string, method?: string): GRPCMethodMatch => ({
  type: "Exact",
  ...(service ? { service } : {}),
  ...(method ? { method } : {}),
});
const regex = (service?: string, method?: string): GRPCMethodMatch => ({
  ...exact(service, method),
  type: "RegularExpression",
});

/** Indexes of the matches that take a call, the first of them first. */
function winner(matches: readonly GRPCRouteMatch[], request: ReturnType<typeof call>): number | undefined {
  const list = encoded(matches).map(({ bytes }) => fromBinary(RouteSchema, bytes));
  const found = /rule\/(\d+)/.exec(evaluateList(list, request) ?? "")?.[1];
  return found === undefined ? undefined : Number(found);
}

test.each([
  [
    "service and method",
    exact("a.B", "C"),
    [call("a.B", "C")],
    [call("a.B", "D"), call("a.B.C", "C"), call("a.b", "C")],
  ],
  ["a service", exact("a.B"), [call("a.B", "C"), call("a.B", "D")], [call("a.Bc", "C"), call("x.a.B", "C")]],
  [
    "a method",
    exact(undefined, "C"),
    [call("a.B", "C"), call(".x", "C")],
    [call("a.B", "Cc"), call("1", "C"), call("a/B", "C")],
  ],
  [
    "an expression for the service",
    regex("a|b[.].+"),
    [call("a", "M"), call("b.x", "M")],
    [call("ab", "M"), call("b", "M")],
  ],
  ["an expression for the method", regex(undefined, "P|Q.*"), [call("a.B", "P"), call("x", "Qq")], [call("a.B", "Pq")]],
  [
    "both expressions",
    regex(".*.Echo", "Pin.+"),
    [call("yages.Echo", "Ping")],
    [call("yages.Echo", "Pin"), call("Echo", "Ping")],
  ],
  ["empty texts in an expression", regex("", ""), [call("a.B", "C")], []],
])("%s: what it takes and what not", (_, method, taken, left) => {
  for (const request of taken) expect(winner([{ method }], request), request.path).toBe(0);
  for (const request of left) expect(winner([{ method }], request), request.path).toBeUndefined();
});

test("a match without a method takes every call", () => {
  expect(winner([{}], call("any.Service", "Method"))).toBe(0);
});

const services = ["a", "a.B", "a.B.C", "b"];
const methods = ["M", "Mm", "N"];
const methodMatch = fc
  .record({
    type: fc.constantFrom("Exact" as const, "Exact" as const, "RegularExpression" as const),
    service: fc.constantFrom(undefined, ...services),
    method: fc.constantFrom(undefined, ...methods),
    pattern: fc.constantFrom("a.*", "[ab]", "a[.]B.*"),
  })
  .map(({ type, service, method, pattern }) =>
    type === "Exact"
      ? service || method
        ? exact(service, method)
        : undefined
      : regex(service && pattern, method && `${method}.*`),
  );
const matchArbitrary: fc.Arbitrary<GRPCRouteMatch> = fc
  .record({ method: methodMatch, header: fc.constantFrom(undefined, undefined, "1", "2") })
  .map(({ method, header }) => ({
    ...(method === undefined ? {} : { method }),
    ...(header === undefined ? {} : { headers: [{ type: "Exact" as const, name: "X-H", value: header }] }),
  }));
const callArbitrary = fc
  .record({
    service: fc.constantFrom(...services, "c"),
    method: fc.constantFrom(...methods),
    headers: fc.constantFrom({}, { "x-h": "1" }, { "x-h": "2" }),
  })
  .map(({ service, method, headers }) => ({ service, method, headers }));

/** The first match by the words of the specification. */
function expected(
  matches: readonly GRPCRouteMatch[],
  { service, method, headers }: { service: string; method: string; headers: Readonly<Record<string, string>> },
): number | undefined {
  const fits = (type: string | undefined, wanted: string | undefined, actual: string) =>
    !wanted || (type === "Exact" ? wanted === actual : new RegExp(`^(?:${wanted})$`).test(actual));
  const rank = ({ method: m, headers: h = [] }: GRPCRouteMatch) => [
    m?.type === "Exact" && m.service && m.method ? 1 : 0,
    m?.service?.length ?? 0,
    m?.method?.length ?? 0,
    h.length,
  ];
  return matches
    .map((match, index) => ({ match, index, rank: rank(match) }))
    .filter(
      ({ match: { method: m, headers: h = [] } }) =>
        fits(m?.type, m?.service, service) &&
        fits(m?.type, m?.method, method) &&
        h.every(({ name, value }) => headers[name.toLowerCase()] === value),
    )
    .sort((a, b) => {
      const different = a.rank.findIndex((value, i) => value !== b.rank[i]);
      return different < 0 ? a.index - b.index : (b.rank[different] ?? 0) - (a.rank[different] ?? 0);
    })[0]?.index;
}

test("the first match is the one that the specification says", () => {
  fc.assert(
    fc.property(fc.array(matchArbitrary, { minLength: 1, maxLength: 12 }), callArbitrary, (matches, asked) => {
      expect(winner(matches, call(asked.service, asked.method, asked.headers))).toBe(expected(matches, asked));
    }),
    { numRuns: 500 },
  );
});

test("a tree leads every call to the route that the list leads it to", () => {
  const many = Array.from({ length: 60 }, (_, i) => ({
    method: exact(`pkg.Service${i}`, i % 3 === 0 ? "M" : undefined),
  }));
  let trees = 0;
  fc.assert(
    fc.property(
      fc.array(matchArbitrary, { maxLength: 6 }),
      fc.array(callArbitrary, { minLength: 20 }),
      (matches, calls) => {
        const entries = encoded([...many, ...matches]);
        const tree = encodeMatcherTree(entries);
        if (tree === undefined) return;
        trees++;
        const list = entries.map(({ bytes }) => fromBinary(RouteSchema, bytes));
        const decoded = decodeTree(tree);
        const requests = [
          ...calls.map((asked) => call(asked.service, asked.method, asked.headers)),
          call("pkg.Service7", "M"),
          call("pkg.Service6", "N"),
        ];
        for (const request of requests) expect(evaluateTree(decoded, request)).toBe(evaluateList(list, request));
      },
    ),
    { numRuns: 100 },
  );
  expect(trees).toBeGreaterThan(50);
});
