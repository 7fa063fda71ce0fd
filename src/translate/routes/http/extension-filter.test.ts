import { expect, test } from "vitest";
import type { ExtensionFilter } from "./extension-filter.ts";
import { substitutionError } from "./re2.ts";
import type { RouteEntry } from "./rule-input.ts";
import { entriesOf, entryOf, problemsOf, type RuleOptions, redirect, rewrite } from "./testing/inputs.ts";

const ref = (name = "f") => ({
  type: "ExtensionRef" as const,
  extensionRef: { group: "gateway.envoyproxy.io", kind: "HTTPRouteFilter", name },
});
const one = (extension: Partial<ExtensionFilter>): RuleOptions => ({
  filters: [ref()],
  extensions: { 0: extension },
});
const forwarding = ({ route }: RouteEntry) => (route.action.case === "route" ? route.action.value : undefined);
const answering = ({ route }: RouteEntry) => (route.action.case === "directResponse" ? route.action.value : undefined);

test.each([
  [
    { from: "header", name: "x-host" },
    { case: "hostRewriteHeader", value: "x-host" },
  ],
  [{ from: "backend" }, { case: "autoHostRewrite", value: expect.objectContaining({ value: true }) }],
  [
    { from: "path", pattern: "^/([a-z]+)/", substitution: "\\1.test" },
    { case: "hostRewritePathRegex", value: expect.objectContaining({ substitution: "\\1.test" }) },
  ],
] as const)("a host from %o", (source, specifier) => {
  for (const isForwarded of [true, false]) {
    const action = forwarding(entryOf(one({ host: { ...source, isForwarded } })));
    expect(action?.hostRewriteSpecifier).toEqual(specifier);
    expect(action?.appendXForwardedHost).toBe(isForwarded);
  }
});

test("an expression rewrites the path whatever kind of path is matched", () => {
  const path = { type: "ReplaceRegexMatch", pattern: "^/a/(.*)$", substitution: "/b/\\1" } as const;
  for (const match of ["/a", "=/a/x", "~/a/.+"]) {
    const action = forwarding(entryOf({ ...one({ path }), matches: [match] }));
    expect(action?.regexRewrite).toMatchObject({ pattern: { regex: "^/a/(.*)$" }, substitution: "/b/\\1" });
  }
});

test("a direct response is given instead of a redirect, and of what backends say", () => {
  const directResponse = { status: 404, body: "gone" };
  const filters = [redirect({}), ref()];
  for (const options of [one({ directResponse }), { filters, extensions: { 1: { directResponse } } }]) {
    const answer = answering(entryOf(options));
    expect(answer?.status).toBe(404);
    expect(answer?.body?.specifier).toEqual({ case: "inlineString", value: "gone" });
    expect(entryOf(options).clusters).toEqual([]);
  }
});

test("operators in the text of a direct response are filled in, other percent signs stay, and bytes are never read", () => {
  const answer = (body: string | Uint8Array) => answering(entryOf(one({ directResponse: { status: 200, body } })));
  expect(answer("100% %REQ(:PATH)%")?.bodyFormat?.format).toMatchObject({
    case: "textFormatSource",
    value: { specifier: { case: "inlineString", value: "100%% %REQ(:PATH)%" } },
  });
  const bytes = new Uint8Array([37, 0, 255]);
  expect(answer(bytes)?.body?.specifier).toEqual({ case: "inlineBytes", value: bytes });
});

test("a credential for one backend of several needs no route of its own, since the cluster puts it in", () => {
  const credential = { secret: "s", overwrite: true };
  const backends = [
    { cluster: "a", weight: 1 },
    { cluster: "b", weight: 3, filters: [ref()], extensions: new Map([[0, { credential, problems: [] }]]) },
  ];
  expect(entriesOf({ backends })).toHaveLength(1);
  const extension = { credential, host: { from: "backend", isForwarded: true } as const, problems: [] };
  expect(
    entriesOf({ backends: [backends[0] ?? "", { ...backends[1], extensions: new Map([[0, extension]]) }] }),
  ).toHaveLength(2);
});

const cookie = (name: string, type: "Exact" | "RegularExpression" = "Exact") => ({ type, name, value: "x" });

test("every match of a rule is multiplied by the sets of cookies, exact ones going first", () => {
  const entries = entriesOf({
    ...one({
      matches: [
        [cookie("a"), cookie("b", "RegularExpression")],
        [cookie("c"), cookie("d")],
      ],
    }),
    matches: ["/one", "/two"],
  });
  const seen = entries.map(({ name, route }) => [
    name.slice(-7),
    route.match?.cookies.map((each) => each.name).join(""),
  ]);
  expect(seen).toEqual([
    ["match/0", "ab"],
    ["match/1", "cd"],
    ["match/2", "ab"],
    ["match/3", "cd"],
  ]);
  const [regex, exact] = entries;
  expect((exact?.sortKey ?? "") < (regex?.sortKey ?? "")).toBe(true);
  expect((exact?.sortKey ?? "") < entryOf({ matches: ["/one"] }).sortKey).toBe(true);
});

test("an expression for a cookie that RE2 does not know is told, and its match is left out", () => {
  const bad = { type: "RegularExpression" as const, name: "a", value: "(?<x" };
  const options = one({ matches: [[bad], [cookie("b")]] });
  expect(problemsOf(options)).toMatchObject([{ reason: "UnsupportedValue", field: "spec.rules[0].filters[0]" }]);
});

const host = { from: "backend", isForwarded: true } as const;
const path = { type: "ReplaceRegexMatch", pattern: "a", substitution: "b" } as const;

test.each([
  ["two hosts", [{ host }, { host }], "sets the host"],
  ["two paths", [{ path }, { path }], "sets the path"],
  [
    "two direct responses",
    [{ directResponse: { status: 200 } }, { directResponse: { status: 201 } }],
    "sets a direct response",
  ],
  ["two lists of matches", [{ matches: [[cookie("a")]] }, { matches: [[cookie("a")]] }], "sets further matches"],
] as const)("%s in one rule are refused with 500", (_, [first, second], message) => {
  const options = { filters: [ref(), ref("g")], extensions: { 0: first, 1: second } };
  expect(problemsOf(options)).toMatchObject([
    { reason: "UnsupportedValue", field: "spec.rules[0].filters[1]", message: expect.stringContaining(message) },
  ]);
});

test("a rewrite of the Gateway API counts among the hosts and paths", () => {
  for (const filters of [
    [rewrite({ hostname: "a.test" }), ref()],
    [ref(), rewrite({ hostname: "a.test" })],
  ]) {
    const index = filters.findIndex(({ type }) => type === "ExtensionRef");
    expect(problemsOf({ filters, extensions: { [index]: { host } } })).toHaveLength(1);
    expect(problemsOf({ filters, extensions: { [index]: { path } } })).toHaveLength(0);
  }
});

test("a filter with problems is refused with 500 and tells them", () => {
  const options = one({ directResponse: { status: 200 }, problems: [{ field: "spec.x", message: "is wrong" }] });
  expect(problemsOf(options)).toMatchObject([
    { condition: "Accepted", reason: "UnsupportedValue", message: "names HTTPRouteFilter f, whose spec.x is wrong" },
  ]);
});

test("a mirror of what is answered directly is refused", () => {
  const mirror = {
    type: "RequestMirror" as const,
    requestMirror: { backendRef: { group: "", kind: "Service", name: "m", port: 80 } },
  };
  const options = { filters: [mirror, ref()], extensions: { 1: { directResponse: { status: 200 } } } };
  expect(problemsOf(options)).toMatchObject([{ reason: "IncompatibleFilters", field: "spec.rules[0].filters[0]" }]);
});

test("further matches of a backend are refused, since a backend is chosen when a request has matched", () => {
  const extensions = new Map([[0, { matches: [[cookie("a")]], problems: [] }]]);
  expect(problemsOf({ backends: [{ cluster: "a", filters: [ref()], extensions }] })).toMatchObject([
    { reason: "UnsupportedValue", field: "spec.rules[0].backendRefs[0].filters[0]" },
  ]);
});

test.each([
  ["(a)(b)", "\\1-\\2\\\\", undefined],
  ["(a)", "\\2", "names group 2 of an expression that has 1"],
  ["a", "\\x", "has a backslash before what is no digit; write it twice to have one"],
  ["a", "x\\", "has a backslash before what is no digit; write it twice to have one"],
])("expression %s with substitution %s", (pattern, substitution, error) => {
  expect(substitutionError(pattern, substitution)).toBe(error);
});
