import { expect, test } from "vitest";
import { pathsOf } from "./dataplane.ts";

test("paths are below prefixes that there are, drawn from all of them, and the same each time", () => {
  const paths = pathsOf(10);
  expect(new Set(paths).size).toBe(10);
  expect(paths.every((path) => /^\/p0000[0-9]\/x$/.test(path))).toBe(true);
  expect(pathsOf(10_000)).toEqual(pathsOf(10_000));
  expect(new Set(pathsOf(10_000)).size).toBeGreaterThan(3000);
});
