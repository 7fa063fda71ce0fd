import { expect, test } from "vitest";
import { FilterOrderError, orderHttpFilters, routeFilterPlacements } from "./http-filter-order.ts";
import { policyKinds } from "./kinds.ts";

const features = policyKinds.flatMap((kind) => kind.features.flatMap((feature) => feature.httpFilter ?? []));

test("all filters have one order, the same in whichever order they are declared", () => {
  const placements = [...routeFilterPlacements, ...features];
  const order = orderHttpFilters(placements);
  expect(order).toEqual([
    "envoy.filters.http.cors",
    "envoy.filters.http.ext_authz",
    "envoy.filters.http.jwt_authn",
    "envoy.filters.http.stateful_session",
    "envoy.filters.http.grpc_web",
    "envoy.filters.http.grpc_stats",
    "envoy.filters.http.rbac.dfp_loopback_deny",
  ]);
  expect(orderHttpFilters([...placements].reverse())).toEqual(order);
});

test("filters that must each pass before the other are an error with their names", () => {
  const circle = [{ name: "a", after: ["b"] }, { name: "b", after: ["a"] }, { name: "c" }];
  expect(() => orderHttpFilters(circle)).toThrow(
    new FilterOrderError("HTTP filters must each pass before the other: a, b"),
  );
});

test("filters between which no order is given are an error with their names", () => {
  expect(() => orderHttpFilters([{ name: "b" }, { name: "a" }])).toThrow("no order is given between HTTP filters a, b");
});

test("filters that are in no chain may be named", () => {
  expect(
    orderHttpFilters([
      { name: "b", after: ["a", "elsewhere"] },
      { name: "a", before: ["nowhere"] },
    ]),
  ).toEqual(["a", "b"]);
});
