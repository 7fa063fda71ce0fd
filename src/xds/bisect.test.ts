import { expect, test } from "vitest";
import { split } from "./bisect.ts";

const suspects = Array.from({ length: 16 }, (_, index) => ({
  name: `host-${index}`,
  bytes: Buffer.from(`\u0012${index}.example.com`),
}));
const names = (group: readonly { readonly name: string }[]) => group.map(({ name }) => name);

test("members that hold what the message names are tried last", () => {
  const message = "Only unique values for domains are permitted. Duplicate entry of domain 7.example.com in route t";
  const [others, named] = split(suspects, message, (suspect) => suspect);
  expect(names(named)).toEqual(["host-7"]);
  expect(others).toHaveLength(15);
});

test("a member named by the message is found", () => {
  const [, named] = split(suspects, "Error adding cluster(s) host-3: bad", (suspect) => suspect);
  expect(names(named)).toEqual(["host-3"]);
});

test("a message that fits many or none halves the group", () => {
  for (const message of ["bad example.com", "", "no idea"]) {
    const [first, second] = split(suspects, message, (suspect) => suspect);
    expect([first.length, second.length]).toEqual([8, 8]);
  }
});

test("both groups have members, down to two", () => {
  const [first, second] = split(suspects.slice(0, 2), "host-0 and host-1", (suspect) => suspect);
  expect([first.length, second.length]).toEqual([1, 1]);
});
