import { expect, test } from "vitest";
import { hostPrecedence } from "./host-precedence.ts";

const order = (routes: readonly (readonly string[])[], listener: string, host: string) =>
  routes
    .map((hostnames) => ({ hostnames, key: `${hostPrecedence(hostnames, listener, host)}0` }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ hostnames }) => hostnames);

test("on a listener's exact host a route that names it comes before wildcards, and those before routes without hostnames", () => {
  const routes = [[], ["*.com"], ["*.example.com"], ["abc.example.com"]];
  expect(order(routes, "abc.example.com", "abc.example.com")).toEqual([...routes].reverse());
});

test("on a listener's wildcard the same wildcard comes before a shorter one", () => {
  expect(order([["*.com"], ["*.example.com"]], "*.example.com", "*.example.com")).toEqual([
    ["*.example.com"],
    ["*.com"],
  ]);
});

test("of several hostnames of a route the most specific counts", () => {
  const routes = [["*.com"], ["*.com", "*.example.com"], ["other.test", "*.com"]];
  expect(order(routes, "a.example.com", "a.example.com")[0]).toEqual(["*.com", "*.example.com"]);
});

test("routes that name the host have the plain key, whatever the case of the letters", () => {
  expect(hostPrecedence(["ABC.example.com"], "*.example.com", "abc.example.com")).toBe("");
  expect(hostPrecedence(undefined, "*", "*")).toBe("");
});
