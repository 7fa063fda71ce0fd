import fc from "fast-check";
import { expect, test } from "vitest";
import type { HTTPRouteMatch } from "../../../api/gateway-api/http-match.ts";
import { entriesOf, match, type RuleOptions } from "./testing/inputs.ts";

const header = (name: string) => ({ type: "Exact" as const, name, value: "1" });
const order = (rules: readonly RuleOptions[]) => {
  const keys = rules.map((rule) => entriesOf(rule)[0]?.sortKey ?? "");
  return keys.map((_, index) => index).sort((a, b) => ((keys[a] ?? "") < (keys[b] ?? "") ? -1 : 1));
};

test("matches are tried from the most specific on: the order that the Gateway API gives", () => {
  const ordered: readonly RuleOptions[] = [
    { matches: ["=/match/exact/one"] },
    { matches: ["=/match"] },
    { matches: ["~/match/[0-9]+"] },
    { matches: ["~/m.*"] },
    { matches: ["/match/prefix/one"] },
    { matches: ["/match/prefix/"] },
    { matches: [match("/abc", { method: "GET" })] },
    { matches: [match("/abc", { headers: [header("a"), header("b")] })] },
    { matches: [match("/abc", { headers: [header("a")], queryParams: [header("q")] })] },
    { matches: [match("/abc", { headers: [header("a")] })] },
    { matches: [match("/abc", { queryParams: [header("q"), header("r")] })] },
    { matches: ["/abc"], created: "2024-01-01T00:00:00Z", name: "z" },
    { matches: ["/abc"], created: "2025-01-01T00:00:00Z", name: "a", namespace: "a" },
    { matches: ["/abc"], created: "2025-01-01T00:00:00Z", name: "a", namespace: "b" },
    { matches: ["/abc"], created: "2025-01-01T00:00:00Z", name: "a-b", namespace: "b" },
    { matches: ["/abc"], created: "2025-01-01T00:00:00Z", name: "a-b", namespace: "b", ruleIndex: 2 },
    { matches: ["/abc"], created: "2025-01-01T00:00:00Z", name: "a-b", namespace: "b", ruleIndex: 10 },
    { matches: ["/"] },
  ];
  const withAge = ordered.map((rule) => ({ created: "2023-01-01T00:00:00Z", ...rule }));
  expect(order(withAge)).toEqual(ordered.map((_, index) => index));
});

test("a slash at the end does not make a prefix longer", () => {
  const rules = [
    { matches: ["/a/"], name: "b" },
    { matches: ["/a"], name: "a" },
  ];
  expect(order(rules)).toEqual([1, 0]);
});

test("matches of one rule that are otherwise equal keep their order", () => {
  const keys = entriesOf({ matches: Array.from({ length: 12 }, () => "/same") }).map((entry) => entry.sortKey);
  expect(keys).toEqual([...keys].sort());
  expect(new Set(keys).size).toBe(12);
});

test("a preflight entry comes right after the match it is for", () => {
  const cors = { type: "CORS" as const, cors: { allowOrigins: ["*"], maxAge: 5 } };
  const put = match("/a", { method: "PUT" });
  const keys = entriesOf({ matches: [put, put], filters: [cors] }).map(({ name, sortKey }) => [
    sortKey,
    name.split("/match/")[1],
  ]);
  expect(keys.sort().map(([, name]) => name)).toEqual(["0", "0/cors-preflight", "1", "1/cors-preflight"]);
});

interface Ranked {
  readonly text: string;
  readonly match: HTTPRouteMatch;
  readonly headers: number;
  readonly queries: number;
  readonly name: string;
  readonly ruleIndex: number;
}
const ranked: fc.Arbitrary<Ranked> = fc
  .record({
    text: fc.constantFrom("/", "/a", "/b", "/a/b", "=/a", "=/b", "=/a/b/c", "~/a.*", "~/a"),
    isGet: fc.boolean(),
    headers: fc.integer({ min: 0, max: 12 }),
    queries: fc.integer({ min: 0, max: 12 }),
    name: fc.constantFrom("a", "a-b", "a.b", "b"),
    ruleIndex: fc.integer({ min: 0, max: 15 }),
  })
  .map(({ isGet, ...rest }) => {
    const names = (count: number) => Array.from({ length: count }, (_, index) => header(`h${index}`));
    const conditions = { headers: names(rest.headers), queryParams: names(rest.queries) };
    return { ...rest, match: match(rest.text, isGet ? { ...conditions, method: "GET" } : conditions) };
  });

function precedes(a: Ranked, b: Ranked): number {
  const classOf = ({ match: { path } }: Ranked) => ["Exact", "RegularExpression", "PathPrefix"].indexOf(path.type);
  return (
    classOf(a) - classOf(b) ||
    b.match.path.value.length - a.match.path.value.length ||
    Number(b.match.method !== undefined) - Number(a.match.method !== undefined) ||
    b.headers - a.headers ||
    b.queries - a.queries ||
    (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) ||
    a.ruleIndex - b.ruleIndex
  );
}

test("plain string order of keys is the precedence, for any two matches", () => {
  fc.assert(
    fc.property(ranked, ranked, (a, b) => {
      const [first, second] = [a, b].map(
        ({ match: one, name, ruleIndex }) => entriesOf({ matches: [one], name, ruleIndex })[0]?.sortKey ?? "",
      );
      expect(Math.sign((first ?? "") < (second ?? "") ? -1 : (first ?? "") > (second ?? "") ? 1 : 0)).toBe(
        Math.sign(precedes(a, b)),
      );
    }),
  );
});
