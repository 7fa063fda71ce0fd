import { expect, test } from "vitest";
import { type Collection, Graph } from "./index.ts";

/** Routes that name a service, services with slices found by index, and hosts made of routes. */
function build() {
  const graph = new Graph();
  const services = graph.source<number>("services");
  const slices = graph.source<string>("slices");
  const routes = graph.source<string>("routes");
  const byService = graph.index({ name: "byService", from: slices, keys: (service) => [service] });
  const ready = graph.derive({
    name: "ready",
    from: services,
    map: (port, key, ctx) => port + ctx.lookup(byService, key).length,
  });
  const resolved = graph.derive({
    name: "resolved",
    from: routes,
    map: (service, _, ctx) => ctx.get(ready, service) ?? 500,
  });
  const rules = graph.expand({
    name: "rules",
    from: resolved,
    map: (port, key) => [[`${key}/0`, port] as const, ["fallback", port] as const],
  });
  const hosts = graph.group({
    name: "hosts",
    from: rules,
    by: (_, key) => (key === "fallback" ? undefined : "host"),
    reduce: (members) => members.length,
  });
  const counts = graph.count({ name: "counts", from: rules, by: (port) => (port === 500 ? "broken" : "fine") });
  const all = graph.union({ name: "all", from: [rules, hosts] });
  const total = graph.derive({ name: "total", from: counts, map: (count, _, ctx) => count + ctx.all(services).length });
  services.set("cart", 80);
  services.set("shop", 81);
  slices.set("cart-1", "cart");
  slices.set("cart-2", "cart");
  slices.set("shop-1", "shop");
  routes.set("r1", "cart");
  routes.set("r2", "missing");
  graph.commit();
  const from = (collection: Collection<unknown>, key: string) =>
    graph.provenance(collection, key).map((each) => `${each.collection}/${each.key}${each.present ? "" : " absent"}`);
  return { graph, services, routes, resolved, rules, hosts, counts, all, total, from };
}

test("a source entry derives from itself", () => {
  const { services, from } = build();
  expect(from(services, "cart")).toEqual(["services/cart"]);
});

test("input, reads by key and reads by index are followed down to the sources", () => {
  const { resolved, from } = build();
  expect(from(resolved, "r1")).toEqual(["routes/r1", "services/cart", "slices/cart-1", "slices/cart-2"]);
});

test("what was looked for in vain belongs to it", () => {
  const { resolved, from } = build();
  expect(from(resolved, "r2")).toEqual(["routes/r2", "services/missing absent"]);
});

test("an expanded entry derives from the input that holds its key", () => {
  const { graph, routes, rules, from } = build();
  expect(from(rules, "r2/0")).toEqual(["routes/r2", "services/missing absent"]);
  expect(from(rules, "fallback")).toContain("routes/r1");
  expect(from(rules, "fallback")).not.toContain("routes/r2");
  routes.delete("r1");
  graph.commit();
  expect(from(rules, "fallback")).toContain("routes/r2");
});

test("groups, counts and unions derive from their members", () => {
  const { hosts, counts, all, from } = build();
  const everything = [
    "routes/r1",
    "routes/r2",
    "services/cart",
    "services/missing absent",
    "slices/cart-1",
    "slices/cart-2",
  ];
  expect(from(hosts, "host")).toEqual(everything);
  expect(from(counts, "broken")).toEqual(["routes/r2", "services/missing absent"]);
  expect(from(all, "r2/0")).toEqual(["routes/r2", "services/missing absent"]);
  expect(from(all, "host")).toEqual(everything);
});

test("a read of a whole collection derives from all of its entries", () => {
  const { total, from } = build();
  expect(from(total, "broken")).toEqual(["routes/r2", "services/cart", "services/missing absent", "services/shop"]);
});
