import { expect, test } from "vitest";
import { FORMATS } from "./formats.ts";

test.each([
  [
    "date-time",
    ["2024-02-29T12:00:00Z", "2024-01-01t00:00:00.5+02:00"],
    ["2023-02-29T12:00:00Z", "2024-01-01", "2024-01-01T24:00:00Z", "now"],
  ],
  ["date", ["2024-02-29"], ["2024-02-30", "24-01-01"]],
  ["byte", ["aGVsbG8="], ["", "aGVs\nbG8=", "a", "aGVsbG8", "!!!!"]],
  ["base64", ["", "aGVsbG8=", "aGVs\nbG8="], ["a", "aGVsbG8", "!!!!"]],
  ["ipv4", ["10.0.0.1"], ["10.0.0.256", "::1", "10.0.0.01"]],
  ["ipv6", ["::1", "fe80::1"], ["10.0.0.1", "fe80::1%eth0", "x"]],
  ["cidr", ["10.0.0.0/8", "::/0", "2001:db8::/128"], ["10.0.0.0/33", "10.0.0.0", "10.0.0.0/08", "x/1"]],
  ["uuid", ["123e4567-e89b-12d3-a456-426614174000"], ["123e4567"]],
])("%s takes what it names and nothing else", (name, good, bad) => {
  const check = FORMATS.get(name);
  expect(good.filter((text) => check?.(text) !== true)).toEqual([]);
  expect(bad.filter((text) => check?.(text) !== false)).toEqual([]);
});
