import { RE2JS } from "re2js";
import { expect, test } from "vitest";
import { LOOPBACK, LOOPBACK_FILTER } from "./dynamic-backend.ts";
import type { ExtensionFilter } from "./extension-filter.ts";
import { entryOf, problemsOf, type RuleOptions, rewrite } from "./testing/inputs.ts";

const names = (host: string) => RE2JS.compile(LOOPBACK).matches(host);

test.each([
  "localhost",
  "LOCALHOST:80",
  "localhost.",
  "a.localhost",
  "localhost.localdomain",
  "ip6-localhost",
  "ip6-loopback:1",
  "127.0.0.1",
  "127.0.0.1:19000",
  "127.1",
  "127.255.0.3",
  "2130706433",
  "0x7f000001",
  "0",
  "0.0.0.0:80",
  "[::1]",
  "[::1]:80",
  "::1",
  "[::]",
  "[0:0:0:0:0:0:0:1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]:80",
  "[::ffff:0.0.0.0]",
  "[::ffff:0:0]:19000",
])("%s is this machine", (host) => expect(names(host)).toBe(true));

test.each([
  "example.test",
  "localhost.test",
  "notlocalhost",
  "10.0.0.1",
  "128.0.0.1",
  "1.127.0.0.1",
  "[fd00::1]",
  "[::2]:80",
  "0.test",
])("%s is another machine", (host) => expect(names(host)).toBe(false));

const dynamic: RuleOptions = { backends: [{ cluster: "d", isDynamic: true }] };
const withHost = (host: NonNullable<ExtensionFilter["host"]>): RuleOptions => ({
  ...dynamic,
  filters: [
    { type: "ExtensionRef", extensionRef: { group: "gateway.envoyproxy.io", kind: "HTTPRouteFilter", name: "f" } },
  ],
  extensions: { 0: { host } },
});
const guards = (options: RuleOptions) => LOOPBACK_FILTER in entryOf(options).route.typedPerFilterConfig;

test("the host is looked at wherever the client has a say in it", () => {
  expect(guards({})).toBe(false);
  expect(guards(dynamic)).toBe(true);
  expect(guards(withHost({ from: "header", name: "x-host", isForwarded: true }))).toBe(true);
  expect(guards({ ...dynamic, filters: [rewrite({ hostname: "chosen.test" })] })).toBe(false);
});

test("a backend without a name cannot be the host, which then stays", () => {
  const { action } = entryOf(withHost({ from: "backend", isForwarded: true })).route;
  expect(action.case === "route" && action.value.hostRewriteSpecifier.case).toBeUndefined();
});

test("a host made of the path is refused, since nobody looks at it before it is used", () => {
  const host = { from: "path", pattern: "^/([^/]+)", substitution: "\\1", isForwarded: true } as const;
  expect(problemsOf(withHost(host))).toMatchObject([{ reason: "UnsupportedValue" }]);
});
