import fc from "fast-check";
import { expect, test } from "vitest";
import { coveringHostnames, covers, intersect, normalizeHostname } from "./hostnames.ts";

const label = fc.constantFrom("a", "b", "cd", "example", "com");
const exact = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
const hostname = fc.oneof(
  exact,
  exact.map((host) => `*.${host}`),
  fc.constant("*"),
);

test("a wildcard covers any number of labels in front, but not the bare suffix", () => {
  expect(covers("*.example.com", "a.example.com")).toBe(true);
  expect(covers("*.example.com", "a.b.example.com")).toBe(true);
  expect(covers("*.example.com", "*.b.example.com")).toBe(true);
  expect(covers("*.example.com", "example.com")).toBe(false);
  expect(covers("*.example.com", "aexample.com")).toBe(false);
});

test("an absent or empty hostname means any host, and case does not count", () => {
  expect(normalizeHostname(undefined)).toBe("*");
  expect(normalizeHostname("")).toBe("*");
  expect(normalizeHostname("WWW.Example.com")).toBe("www.example.com");
});

test("an intersection is the more specific of two nested hostnames", () => {
  expect(intersect("*.example.com", "a.example.com")).toBe("a.example.com");
  expect(intersect("a.example.com", "*")).toBe("a.example.com");
  expect(intersect("a.example.com", "*.other.com")).toBeUndefined();
});

test("an intersection covers exactly the hosts that both cover", () => {
  fc.assert(
    fc.property(hostname, hostname, exact, (a, b, host) => {
      const both = intersect(a, b);
      expect(both !== undefined && covers(both, host)).toBe(covers(a, host) && covers(b, host));
    }),
  );
});

test("covering hostnames are exactly those that cover, most specific first", () => {
  fc.assert(
    fc.property(hostname, hostname, (host, other) => {
      const chain = [...coveringHostnames(host)];
      expect(chain.includes(other)).toBe(covers(other, host));
      for (let i = 1; i < chain.length; i++) expect(covers(chain[i] ?? "", chain[i - 1] ?? "")).toBe(true);
    }),
  );
});
