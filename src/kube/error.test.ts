import { expect, test } from "vitest";
import { errorOf } from "./error.ts";

const advised = (retryAfter: string) => errorOf("GET /", 503, "", retryAfter).retryAfterSeconds;

test.each([
  ["7", 7],
  ["0", 0],
  ["86400", 60],
  ["soon", undefined],
  ["-3", 0],
  ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
  ["Fri, 31 Dec 9999 23:59:59 GMT", 60],
])("Retry-After: %s means %s seconds", (header, seconds) => {
  expect(advised(header)).toBe(seconds);
});

test("a date in a moment means the time until then", () => {
  const seconds = advised(new Date(Date.now() + 30_000).toUTCString());
  expect(seconds).toBeGreaterThan(20);
  expect(seconds).toBeLessThanOrEqual(30);
});

test("what the API server's own words say goes before the header", () => {
  const body = JSON.stringify({ details: { retryAfterSeconds: 3 } });
  expect(errorOf("GET /", 429, body, "9").retryAfterSeconds).toBe(3);
});
