import { expect, test } from "vitest";
import { type CommitReport, type Context, Graph } from "./index.ts";

interface Route {
  readonly host: string;
  readonly backend: string;
}

const routeCount = 10_000;
const hostCount = 100;

/** Six stages over 10,000 routes: 100 hosts, 1,000 backends, one setting that all routes read. */
function build() {
  const graph = new Graph();
  const settings = graph.source<string>("settings");
  const backends = graph.source<number>("backends");
  const routes = graph.source<Route>("routes");
  const resolved = graph.derive({
    name: "resolved",
    from: routes,
    map: (route, _, ctx) => ({
      ...route,
      port: ctx.get(backends, route.backend),
      setting: ctx.get(settings, "timeout"),
    }),
  });
  const byBackend = graph.index({ name: "byBackend", from: resolved, keys: (route) => [route.backend] });
  const rules = graph.expand({
    name: "rules",
    from: resolved,
    map: (route, key) => [[`${key}/0`, route] as const, [`${key}/1`, route] as const],
  });
  const hosts = graph.group({
    name: "hosts",
    from: rules,
    by: (rule) => rule.host,
    reduce: (members) => members.map((each) => each.value.port).join(),
  });
  graph.count({ name: "routesPerHost", from: resolved, by: (route) => route.host });
  const used = graph.derive({
    name: "used",
    from: backends,
    map: (port, key, ctx) => `${port} ${ctx.lookup(byBackend, key).length}`,
  });
  graph.union({ name: "all", from: [hosts, used] });
  settings.set("timeout", "1s");
  for (let n = 0; n < 1_000; n++) backends.set(`backend-${n}`, n);
  for (let n = 0; n < routeCount; n++)
    routes.set(`route-${n}`, { host: `host-${n % hostCount}`, backend: `backend-${n % 1_000}` });
  return { graph, settings, backends, routes, first: graph.commit() };
}

const counts = (report: CommitReport) => ({
  computed: Object.fromEntries(report.computed),
  emitted: Object.fromEntries(report.emitted),
});

test("the first commit computes every entry once", () => {
  expect(Object.fromEntries(build().first.computed)).toEqual({
    resolved: 10_000,
    byBackend: 10_000,
    rules: 10_000,
    hosts: 100,
    routesPerHost: 10_000,
    used: 1_000,
  });
});

test("one changed route among 10,000 costs that route, its host and the backends concerned", () => {
  const { graph, routes } = build();
  routes.set("route-7", { host: "host-7", backend: "backend-8" });
  expect(counts(graph.commit())).toEqual({
    computed: { resolved: 1, byBackend: 1, rules: 1, hosts: 1, routesPerHost: 1, used: 2 },
    emitted: { routes: 1, resolved: 1, byBackend: 2, rules: 2, hosts: 1, used: 2, all: 3 },
  });
});

test("a changed backend recomputes the routes that read it and what follows, no more", () => {
  const { graph, backends } = build();
  backends.set("backend-3", 8080);
  const { computed } = counts(graph.commit());
  expect(computed).toEqual({ resolved: 10, byBackend: 10, rules: 10, hosts: 1, routesPerHost: 10, used: 1 });
});

test("a change that nobody reads costs its own entry only", () => {
  const { graph, settings } = build();
  settings.set("retries", "3");
  expect(counts(graph.commit())).toEqual({ computed: {}, emitted: { settings: 1 } });
});

test("a commit without writes does nothing", () => {
  const { graph } = build();
  expect(counts(graph.commit())).toEqual({ computed: {}, emitted: {} });
});

test("an output equal to the former one stops there, and the former one stays", () => {
  const graph = new Graph();
  const numbers = graph.source<number>("numbers");
  const signs = graph.derive({
    name: "signs",
    from: numbers,
    map: (value) => ({ sign: Math.sign(value) }),
    equal: (a, b) => a.sign === b.sign,
  });
  graph.derive({ name: "after", from: signs, map: (value) => value.sign });
  numbers.set("a", 1);
  graph.commit();
  const former = signs.get("a");
  numbers.set("a", 2);
  expect(counts(graph.commit())).toEqual({ computed: { signs: 1 }, emitted: { numbers: 1 } });
  expect(signs.get("a")).toBe(former);
});

test("a source's own equality stops a write of the same", () => {
  const graph = new Graph();
  const objects = graph.source<{ version: number }>("objects", { equal: (a, b) => a.version === b.version });
  graph.derive({ name: "after", from: objects, map: (value) => value.version });
  objects.set("a", { version: 1 });
  graph.commit();
  objects.set("a", { version: 1 });
  expect(counts(graph.commit())).toEqual({ computed: {}, emitted: {} });
  objects.set("a", { version: 2 });
  expect(counts(graph.commit())).toEqual({ computed: { after: 1 }, emitted: { objects: 1, after: 1 } });
});

test("an entry whose input and reads all change in one commit is computed once, and not again by the next", () => {
  const graph = new Graph();
  const settings = graph.source<number>("settings");
  const from = graph.source<number>("from");
  const read = (value: number, ctx: Context) => value + (ctx.get(settings, "x") ?? 0) + (ctx.get(settings, "y") ?? 0);
  graph.derive({ name: "derived", from, map: (value, _, ctx) => read(value, ctx) });
  graph.expand({ name: "expanded", from, map: (value, key, ctx) => [[key, read(value, ctx)]] });
  graph.group({ name: "grouped", from, by: () => "all", reduce: (members, _, ctx) => read(members.length, ctx) });
  from.set("a", 1);
  from.set("b", 1);
  graph.commit();
  from.set("a", 2);
  settings.set("x", 1);
  settings.set("y", 1);
  expect(counts(graph.commit()).computed).toEqual({ derived: 2, expanded: 2, grouped: 1 });
  expect(counts(graph.commit()).computed).toEqual({});
});

test("reads are replaced at each computation: what is no longer read no longer counts", () => {
  const graph = new Graph();
  const settings = graph.source<string>("settings");
  const from = graph.source<string>("from");
  const tested = graph.derive({ name: "tested", from, map: (name, _, ctx) => ctx.get(settings, name) });
  from.set("x", "first");
  graph.commit();
  from.set("x", "second");
  graph.commit();
  settings.set("first", "1");
  expect(graph.commit().computed.get("tested")).toBeUndefined();
  settings.set("second", "2");
  expect(graph.commit().computed.get("tested")).toBe(1);
  expect(tested.get("x")).toBe("2");
});

test("a member is filed into a large group by a search, not by sorting anew", () => {
  const graph = new Graph();
  const numbers = graph.source<number>("numbers");
  let comparisons = 0;
  const sorted = graph.group({
    name: "sorted",
    from: numbers,
    by: () => "all",
    compare: (a, b) => {
      comparisons++;
      return a.value - b.value;
    },
    reduce: (members) => members,
  });
  for (let n = 0; n < 10_000; n++) numbers.set(`n${n}`, (n * 7919) % 10_007);
  graph.commit();
  comparisons = 0;
  numbers.set("new", 5_000.5);
  graph.commit();
  numbers.delete("n77");
  graph.commit();
  numbers.set("n78", 1.5);
  graph.commit();
  expect(comparisons).toBeGreaterThan(0);
  // One search in 10,000 members takes 14 comparisons; an entry that moves takes two searches.
  expect(comparisons).toBeLessThanOrEqual(4 * 15);
  const values = sorted.get("all")?.map((each) => each.value) ?? [];
  expect(values).toEqual([...values].sort((a, b) => a - b));
  expect(values).toHaveLength(10_000);
});
