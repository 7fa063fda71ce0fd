import { afterAll, beforeAll, expect, test } from "vitest";
import { atListener, type RedirectOrigin } from "./redirect.ts";
import { type RunningEnvoy, startEnvoy } from "./testing/envoy.ts";
import { entriesOf, entryOf, type RuleOptions, redirect } from "./testing/inputs.ts";

const full = (replaceFullPath: string) => ({ type: "ReplaceFullPath" as const, replaceFullPath });
const prefix = (replacePrefixMatch: string) => ({ type: "ReplacePrefixMatch" as const, replacePrefixMatch });

const rules: readonly RuleOptions[] = [
  { matches: ["/plain"], filters: [redirect({ statusCode: 301 })] },
  { matches: ["/https"], filters: [redirect({ scheme: "https" })] },
  { matches: ["/http"], filters: [redirect({ scheme: "http" })] },
  { matches: ["/port"], filters: [redirect({ port: 8443 })] },
  { matches: ["/port80"], filters: [redirect({ port: 80 })] },
  { matches: ["/https8443"], filters: [redirect({ scheme: "https", port: 8443 })] },
  { matches: ["/host"], filters: [redirect({ hostname: "new.example.org", scheme: "https" })] },
  { matches: ["/prefix"], filters: [redirect({ path: prefix("/new") })] },
  { matches: ["/cut"], filters: [redirect({ path: prefix("/") })] },
  { matches: ["/full"], filters: [redirect({ path: full("/all") })] },
  ...([303, 307, 308] as const).map((statusCode) => ({
    matches: [`/${statusCode}`],
    filters: [redirect({ statusCode, path: prefix("") })],
  })),
];
const onRoot: RuleOptions = { filters: [redirect({ path: prefix("/new") })] };

/** Virtual hosts of listeners that differ in port and hostname; all of them are plain text to Envoy. */
const origins: readonly (RedirectOrigin & { readonly domain: string })[] = [
  { domain: "exact80.test", hostname: "exact80.test", port: 80, scheme: "http" },
  { domain: "exact8080.test", hostname: "exact8080.test", port: 8080, scheme: "http" },
  { domain: "*.wild80.test", hostname: "*.wild80.test", port: 80, scheme: "http" },
  { domain: "*.wild8080.test", hostname: "*.wild8080.test", port: 8080, scheme: "http" },
];

let envoy: RunningEnvoy;
beforeAll(async () => {
  envoy = await startEnvoy({
    virtualHosts: [
      ...origins.map((origin) => ({
        name: origin.domain,
        domains: [origin.domain],
        routes: rules
          .flatMap((rule, ruleIndex) => entriesOf({ ...rule, ruleIndex, backends: [] }))
          .flatMap((entry) => atListener(entry, origin))
          .sort((a, b) => (a.sortKey < b.sortKey ? -1 : 1))
          .map(({ name, route }) => Object.assign(route, { name })),
      })),
      { name: "root", domains: ["root.test"], routes: [entryOf({ ...onRoot, backends: [] }).route] },
    ],
  });
});
afterAll(() => envoy.stop());

const location = async (host: string, path: string) => (await envoy.get(path, { headers: { host } })).headers.location;

test.each([
  ["exact80.test", "/plain/x?q=1", "http://exact80.test/plain/x?q=1"],
  ["exact80.test:8888", "/plain", "http://exact80.test/plain"],
  ["exact80.test", "/https", "https://exact80.test/https"],
  ["exact80.test:8888", "/https", "https://exact80.test/https"],
  ["exact80.test", "/port", "http://exact80.test:8443/port"],
  ["exact80.test", "/https8443", "https://exact80.test:8443/https8443"],
  ["exact80.test", "/host/x", "https://new.example.org/host/x"],
  ["exact8080.test", "/plain", "http://exact8080.test:8080/plain"],
  ["exact8080.test:8080", "/plain", "http://exact8080.test:8080/plain"],
  ["exact8080.test:8080", "/https", "https://exact8080.test/https"],
  ["exact8080.test:8080", "/http", "http://exact8080.test/http"],
  ["exact8080.test:8080", "/port80", "http://exact8080.test/port80"],
  ["a.wild80.test", "/plain", "http://a.wild80.test/plain"],
  ["a.wild80.test", "/https", "https://a.wild80.test/https"],
  ["a.wild80.test:30080", "/https", "https://a.wild80.test:443/https"],
  ["a.wild80.test:30080", "/host", "https://new.example.org/host"],
  ["a.wild8080.test:8080", "/plain", "http://a.wild8080.test:8080/plain"],
  ["a.wild8080.test:8080", "/https", "https://a.wild8080.test:443/https"],
  ["a.wild8080.test", "/https", "https://a.wild8080.test/https"],
  ["exact80.test", "/prefix/x", "http://exact80.test/new/x"],
  ["exact80.test", "/prefix", "http://exact80.test/new"],
  ["exact80.test", "/cut", "http://exact80.test/"],
  ["exact80.test", "/cut/", "http://exact80.test/"],
  ["exact80.test", "/cut/x?q=1", "http://exact80.test/x?q=1"],
  ["exact80.test", "/full/x/y", "http://exact80.test/all"],
  ["root.test", "/x", "http://root.test/new/x"],
  ["root.test", "/", "http://root.test/new/"],
])("%s%s is redirected to %s", async (host, path, expected) => {
  expect(await location(host, path)).toBe(expected);
});

test("every status code that redirects is answered", async () => {
  const paths = ["/plain", "/https", "/303", "/307", "/308"];
  const statuses = await Promise.all(
    paths.map((path) => envoy.get(path, { headers: { host: "exact80.test" } }).then(({ status }) => status)),
  );
  expect(statuses).toEqual([301, 302, 303, 307, 308]);
});

test("entries that do not redirect stay the same object", () => {
  const entry = entryOf({});
  expect(atListener(entry, { scheme: "http", port: 8080, hostname: "*" })[0]).toBe(entry);
});
