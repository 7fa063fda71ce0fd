import { expect, test } from "vitest";
import { operatorExamples } from "./header-value.ts";
import { translateRule } from "./rule.ts";
import { anyHost, validate } from "./testing/envoy.ts";
import {
  entriesOf,
  entryOf,
  madeInputs,
  match,
  problemsOf,
  redirect,
  requestHeaders,
  responseHeaders,
  rewrite,
  ruleInput,
} from "./testing/inputs.ts";

const mirror = (options: object) => ({
  type: "RequestMirror" as const,
  requestMirror: { backendRef: { group: "", kind: "Service", name: "b", port: 80 }, ...options },
});
const exact = (name: string, value: string) => ({ type: "Exact" as const, name, value });
const regex = (name: string, value: string) => ({ type: "RegularExpression" as const, name, value });
const forwarding = (entry: ReturnType<typeof entryOf>) => {
  if (entry.route.action.case !== "route") throw new Error(`not forwarding but ${entry.route.action.case}`);
  return entry.route.action.value;
};
const isInternalError = (entry: { route: { action: { case?: unknown; value?: unknown } } } | undefined) =>
  entry?.route.action.case === "directResponse" && (entry.route.action.value as { status: number }).status === 500;

test.each([
  ["/", { case: "prefix", value: "/" }],
  ["/a", { case: "pathSeparatedPrefix", value: "/a" }],
  ["/a/", { case: "pathSeparatedPrefix", value: "/a" }],
  ["=/a/", { case: "path", value: "/a/" }],
  ["~/a/[0-9]+", { case: "safeRegex", value: { regex: "/a/[0-9]+" } }],
])("the path %s becomes Envoy's %j", (text, specifier) => {
  expect(entryOf({ matches: [text] }).route.match?.pathSpecifier).toMatchObject(specifier);
});

test("method, headers and query parameters are all conditions, and of two on one name the first counts", () => {
  const headers = [exact("X-A", "1"), exact("x-a", "2"), regex("x-b", "b+")];
  const queryParams = [exact("q", "1"), exact("q", "2"), exact("Q", "3")];
  const { route } = entryOf({ matches: [match("/m", { method: "POST", headers, queryParams })] });
  expect(route.match?.headers.map((header) => header.name)).toEqual(["x-a", "x-b", ":method"]);
  expect(route.match?.headers[0]?.headerMatchSpecifier.value).toMatchObject({
    matchPattern: { case: "exact", value: "1" },
  });
  expect(route.match?.queryParameters.map((parameter) => parameter.name)).toEqual(["Q", "q"]);
});

test.each([
  [match("~/a("), "spec.rules[0].matches[0].path.value"],
  [match("~/(?=a)"), "spec.rules[0].matches[0].path.value"],
  [match("~"), "spec.rules[0].matches[0].path.value"],
  [match("a"), "spec.rules[0].matches[0].path.value"],
  [match("/", { headers: [exact("a", "1"), regex("b", "[")] }), "spec.rules[0].matches[0].headers[1].value"],
  [match("/", { queryParams: [regex("b", "\\1")] }), "spec.rules[0].matches[0].queryParams[0].value"],
])("a match that Envoy cannot hold (%j) matches nothing, and the rule's others are served", (broken, field) => {
  const { entries, problems } = translateRule(ruleInput({ matches: [broken, match("/fine")] }));
  expect(problems).toMatchObject([{ condition: "Accepted", reason: "UnsupportedValue", field }]);
  expect(entries.map((entry) => entry.name)).toEqual(["httproute/ns/r/rule/0/match/1"]);
});

test("a rule without matches has match -1 and takes every request", () => {
  const entry = entryOf({ matches: [], ruleIndex: 3 });
  expect([entry.name, entry.path]).toEqual(["httproute/ns/r/rule/3/match/-1", { type: "prefix", value: "/" }]);
});

test("one backend is a plain cluster, several are weighted, and websockets are let through", () => {
  const single = entryOf({ backends: ["one"] });
  expect(forwarding(single)).toMatchObject({
    clusterSpecifier: { case: "cluster", value: "one" },
    upgradeConfigs: [{ upgradeType: "websocket" }],
  });
  const split = entryOf({ backends: [{ cluster: "one", weight: 9 }, { weight: 1 }] });
  expect(split.clusters).toEqual(["one"]);
  expect(forwarding(split)).toMatchObject({
    clusterNotFoundResponseCode: 2,
    clusterSpecifier: {
      case: "weightedClusters",
      value: {
        clusters: [
          { name: "one", weight: 9 },
          { name: "invalid-backend-cluster", weight: 1 },
        ],
      },
    },
  });
});

test("backends that rewrite take growing shares of one random number, the last one all that is left", () => {
  const to = (path: string) => [rewrite({ path: { type: "ReplaceFullPath", replaceFullPath: path } })];
  const entries = entriesOf({
    backends: [
      { cluster: "a", weight: 1, filters: to("/1") },
      { cluster: "b", weight: 2, filters: to("/2") },
      { weight: 3 },
    ],
  });
  const shares = entries.map(({ route }) => route.match?.runtimeFraction?.defaultValue);
  expect(shares.map((share) => share && [share.numerator, share.denominator])).toEqual([
    [166_667, 2],
    [500_000, 2],
    undefined,
  ]);
  expect(isInternalError(entries[2])).toBe(true);
  expect(entries.map((entry) => entry.name.split("/match/")[1])).toEqual(["0/backend/0", "0/backend/1", "0/backend/2"]);
  expect(entries.map((entry) => entry.sortKey)).toEqual(entries.map((entry) => entry.sortKey).sort());
});

test("a backend's own redirect and mirror are for its share only", () => {
  const toB = { cluster: "b", weight: 1, filters: [] };
  const entries = entriesOf({
    backends: [
      { cluster: "a", weight: 1, filters: [redirect({ hostname: "b.test" })] },
      { cluster: "c", weight: 1, filters: [mirror({})], mirrors: new Map([[0, toB]]) },
    ],
  });
  expect(entries.map((entry) => entry.route.action.case)).toEqual(["redirect", "route"]);
  expect(entries.map((entry) => entry.clusters)).toEqual([[], ["b", "c"]]);
});

test("of header filters the later wins, and within one the first mention of a name", () => {
  const { route } = entryOf({
    filters: [
      requestHeaders({
        set: [{ name: "A", value: "1" }],
        add: [
          { name: "a", value: "2" },
          { name: "B", value: "1" },
        ],
        remove: ["b", "C"],
      }),
    ],
    backends: [{ cluster: "a", filters: [requestHeaders({ set: [{ name: "b", value: "2" }], remove: ["A"] })] }],
  });
  expect(
    route.requestHeadersToAdd.map(({ header, appendAction }) => [header?.key, header?.value, appendAction]),
  ).toEqual([["b", "2", 2]]);
  expect(route.requestHeadersToRemove).toEqual(["c", "a"]);
});

test("Host can be set but neither added nor removed", () => {
  expect(
    problemsOf({ filters: [requestHeaders({ add: [{ name: "Host", value: "x" }], remove: ["host"] })] }),
  ).toMatchObject([{ field: "spec.rules[0].filters[0].requestHeaderModifier.add[0].name" }]);
  expect(problemsOf({ filters: [responseHeaders({ remove: ["no name"] })] })).toMatchObject([
    { field: "spec.rules[0].filters[0].responseHeaderModifier.remove[0]" },
  ]);
});

test("percent signs are literal but for the operators that Envoy knows", () => {
  const values = ["100%", "%20", "%REQ(x)% %NOPE% 5%", "%%", ...operatorExamples];
  const set = values.map((value, index) => ({ name: `x-${index}`, value }));
  const { route } = entryOf({ filters: [requestHeaders({ set })] });
  expect(route.requestHeadersToAdd.slice(0, 4).map(({ header }) => header?.value)).toEqual([
    "100%%",
    "%%20",
    "%REQ(x)% %%NOPE%% 5%%",
    "%%%%",
  ]);
  expect(route.requestHeadersToAdd.slice(4).map(({ header }) => header?.value)).toEqual(operatorExamples);
});

test.each([
  [{}, { numerator: 100, denominator: 0 }],
  [{ percent: 35 }, { numerator: 35, denominator: 0 }],
  [{ fraction: { numerator: 1, denominator: 3 } }, { numerator: 333_333, denominator: 2 }],
  [{ fraction: { numerator: 25, denominator: 50 } }, { numerator: 500_000, denominator: 2 }],
])("a mirror with %j copies the share %j", (options, expected) => {
  const entry = entryOf({ filters: [mirror(options)], mirrorTargets: { 0: "b" } });
  const [policy, ...others] = forwarding(entry).requestMirrorPolicies;
  expect(others).toEqual([]);
  expect(policy).toMatchObject({ cluster: "b", disableShadowHostSuffixAppend: true });
  expect(policy?.runtimeFraction?.defaultValue).toMatchObject(expected);
  expect(entry.clusters).toEqual(["a", "b"]);
});

test("a mirror of nothing, or without its target, is none; several mirrors are several", () => {
  const none = entryOf({
    filters: [mirror({ percent: 0 }), mirror({ fraction: { numerator: 0, denominator: 7 } }), mirror({})],
    mirrorTargets: { 0: "b", 1: "b" },
  });
  expect([forwarding(none).requestMirrorPolicies, none.clusters]).toEqual([[], ["a"]]);
  const two = entryOf({ filters: [mirror({}), mirror({ percent: 1 })], mirrorTargets: { 0: "b", 1: "c" } });
  expect(forwarding(two).requestMirrorPolicies.map((policy) => policy.cluster)).toEqual(["b", "c"]);
});

const ms = (duration: { seconds: bigint; nanos: number } | undefined) =>
  duration && Number(duration.seconds) * 1000 + duration.nanos / 1e6;
test.each([
  [{}, undefined, [undefined, undefined, undefined]],
  [{ request: "500ms" }, undefined, [500, undefined, 3_600_000]],
  [{ request: "2h30m" }, undefined, [9_000_000, undefined, 9_000_000]],
  [{ request: "0s" }, undefined, [0, undefined, 0]],
  [{ backendRequest: "1s" }, undefined, [1000, undefined, 3_600_000]],
  [{ request: "3s", backendRequest: "1s" }, undefined, [1000, undefined, 3_600_000]],
  [{ request: "0s", backendRequest: "1s" }, undefined, [1000, undefined, 3_600_000]],
  [{ request: "3s", backendRequest: "0s" }, undefined, [3000, undefined, 3_600_000]],
  [{ request: "3s", backendRequest: "1s" }, 2, [3000, 1000, 3_600_000]],
  [{ backendRequest: "1s" }, 2, [0, 1000, 0]],
  [{ request: "3s" }, 2, [3000, undefined, 3_600_000]],
])("timeouts %j with %s retries", (timeouts, attempts, expected) => {
  const action = forwarding(entryOf({ timeouts, ...(attempts === undefined ? {} : { retry: { attempts } }) }));
  expect([ms(action.timeout), ms(action.retryPolicy?.perTryTimeout), ms(action.idleTimeout)]).toEqual(expected);
});

test("retries are for requests that the backend cannot have acted on, and for listed codes", () => {
  const policy = (retry: object, timeouts = {}) =>
    forwarding(entryOf({ retry: { attempts: 1, ...retry }, timeouts })).retryPolicy;
  expect(policy({})).toMatchObject({
    retryOn: "connect-failure,refused-stream,reset-before-request,unavailable",
    numRetries: 1,
    retriableStatusCodes: [],
  });
  expect(policy({ codes: [503, 500, 503], attempts: 4, backoff: "250ms" })).toMatchObject({
    retryOn: "connect-failure,refused-stream,reset-before-request,unavailable,retriable-status-codes",
    retriableStatusCodes: [500, 503],
    numRetries: 4,
    retryBackOff: { baseInterval: { seconds: 0n, nanos: 250_000_000 } },
  });
  expect(policy({ backoff: "0s" })?.retryBackOff?.baseInterval).toMatchObject({ nanos: 1_000_000 });
  expect(policy({}, { backendRequest: "1s" })?.retryOn.split(",")).toContain("reset");
  expect(policy({ attempts: 0, codes: [500] })).toBeUndefined();
});

test.each([
  [{ timeouts: { request: "soon" } }, "spec.rules[0].timeouts.request"],
  [{ retry: { attempts: 1, backoff: "1.5s" } }, "spec.rules[0].retry.backoff"],
  [
    { filters: [{ type: "ExtensionRef" as const, extensionRef: { group: "g", kind: "K", name: "n" } }] },
    "spec.rules[0].filters[0]",
  ],
  [
    { filters: [rewrite({ path: { type: "ReplaceFullPath", replaceFullPath: "/a\nb" } })] },
    "spec.rules[0].filters[0].urlRewrite.path",
  ],
  [
    { matches: ["=/a", "=/b"], filters: [rewrite({ path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/x" } })] },
    "spec.rules[0].filters[0].urlRewrite.path",
  ],
  [
    {
      matches: ["~/a"],
      filters: [redirect({ path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/x" } })],
      backends: [],
    },
    "spec.rules[0].filters[0].requestRedirect.path",
  ],
])("a rule with %j is answered with 500, and the problem is told once", (options, field) => {
  const { entries, problems } = translateRule(ruleInput(options));
  expect(problems).toMatchObject([{ condition: "Accepted", reason: "UnsupportedValue", field }]);
  expect(entries.length).toBeGreaterThan(0);
  expect(entries.every(isInternalError)).toBe(true);
});

test("a redirect that is to be mirrored is refused: Envoy mirrors only what it forwards", () => {
  const filters = [mirror({}), redirect({ scheme: "https" })];
  const { entries, problems } = translateRule(ruleInput({ filters, backends: [], mirrorTargets: { 0: "b" } }));
  expect(problems).toMatchObject([{ reason: "IncompatibleFilters", field: "spec.rules[0].filters[0]" }]);
  expect(entries.map((entry) => [isInternalError(entry), entry.clusters])).toEqual([[true, []]]);
});

test("an unknown filter of a backend refuses that backend's share", () => {
  const unknown = { type: "ExtensionRef" as const, extensionRef: { group: "g", kind: "K", name: "n" } };
  const { entries, problems } = translateRule(
    ruleInput({
      backendRefs: [
        { name: "z", weight: 0 },
        { name: "a", weight: 1 },
        { name: "b", weight: 1 },
      ].map((ref) => ({ group: "", kind: "Service", ...ref })),
      backends: ["a", { cluster: "b", filters: [unknown] }],
    }),
  );
  expect(problems.map((problem) => problem.field)).toEqual(["spec.rules[0].backendRefs[2].filters[0]"]);
  expect(entries.map(isInternalError)).toEqual([false, true]);
});

test("the same rule gives the same entries, and none shares a message with another", () => {
  const input = ruleInput({
    matches: ["/a", "/b"],
    retry: { attempts: 1 },
    filters: [mirror({})],
    mirrorTargets: { 0: "b" },
  });
  const [first, second] = [translateRule(input), translateRule(input)];
  expect(first).toEqual(second);
  expect(first.entries[0]?.route.action.value).not.toBe(first.entries[1]?.route.action.value);
});

test("Envoy accepts every route made above, without a warning of deprecation", async () => {
  const entries = madeInputs().flatMap((input, index) =>
    translateRule(input).entries.map((entry) => ({ ...entry, name: `${index}/${entry.name}` })),
  );
  expect(entries.length).toBeGreaterThan(50);
  const { isValid, output } = await validate({ virtualHosts: [anyHost(entries)] });
  expect([isValid, output]).toEqual([true, expect.not.stringMatching(/deprecated/i)]);
});
