import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runEgctl } from "../src/cli/egctl/program.ts";
import { testContext } from "../src/cli/testing/context.ts";
import { isRouteFile, type Manifests, prefixHost, routesByHost, routesByPrefix, yamlOf } from "./manifests.ts";

const ports = [20_001, 20_002, 20_003, 20_004];

function routesIn(manifests: Manifests) {
  return [...manifests].flatMap(([name, objects]) => (isRouteFile(name) ? objects : []));
}

test.each([
  ["by hostname", routesByHost(25, 20_000, ports)],
  ["by prefix", routesByPrefix(40, 20_000, ports)],
])("routes %s and what they refer to are valid", async (_, manifests) => {
  const folder = mkdtempSync(join(tmpdir(), "bench-manifests-"));
  try {
    for (const [name, objects] of manifests) writeFileSync(join(folder, name), yamlOf(objects));
    const context = testContext({ cwd: folder });
    const code = await runEgctl(["validate", "-f", folder], context);
    expect([code, context.err()]).toEqual([0, ""]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("routes are dealt over ten files at most, each with a hostname and a name of its own", () => {
  const manifests = routesByHost(1000, 20_000, ports);
  expect([...manifests.keys()].filter(isRouteFile)).toHaveLength(10);
  const routes = routesIn(manifests);
  expect(routes).toHaveLength(1000);
  expect(new Set(routes.map((route) => yamlOf([route]).match(/r[0-9]+\.bench\.test/)?.[0])).size).toBe(1000);
  expect(new Set(routes.map(({ metadata }) => metadata.name)).size).toBe(1000);
});

test("one Backend stands behind ten routes, but behind prefixes one for each port, however many there are", () => {
  expect(routesByHost(10, 20_000, ports).get("01-backends.yaml")).toHaveLength(1);
  expect(routesByHost(1000, 20_000, ports).get("01-backends.yaml")).toHaveLength(100);
  expect(routesByPrefix(10, 20_000, ports).get("01-backends.yaml")).toHaveLength(4);
  expect(routesByPrefix(1000, 20_000, ports).get("01-backends.yaml")).toHaveLength(4);
});

test("all prefixes are on one hostname, sixteen to a route", () => {
  const routes = routesIn(routesByPrefix(33, 20_000, ports));
  expect(routes).toHaveLength(3);
  for (const route of routes) expect(yamlOf([route])).toContain(prefixHost);
});
