import { expect, test } from "vitest";
import { isFalse, isTrue } from "../conditions.ts";
import { ancestorStatuses } from "./ancestors.ts";

const ref = (name: string) => ({ group: "gateway.networking.k8s.io", kind: "Gateway", namespace: "default", name });
const accepted = isTrue("Accepted", "Accepted", "yes");
const refused = isFalse("Accepted", "Conflicted", "no");
const overridden = isTrue("Overridden", "Overridden", "partly");
const names = (list: ReturnType<typeof ancestorStatuses>) => list.map(({ ancestorRef }) => ancestorRef.name);

test("refusals come first, then what is overridden, then the rest, each by name", () => {
  const list = ancestorStatuses(
    [
      { ancestorRef: ref("d"), conditions: [accepted] },
      { ancestorRef: ref("c"), conditions: [accepted, overridden] },
      { ancestorRef: ref("b"), conditions: [refused] },
      { ancestorRef: ref("a"), conditions: [accepted] },
    ],
    "us",
  );
  expect(names(list)).toEqual(["b", "c", "a", "d"]);
});

test("two verdicts at one ancestor become one entry, in which the refusal counts", () => {
  const entries = [
    { ancestorRef: ref("a"), conditions: [accepted, overridden] },
    { ancestorRef: ref("a"), conditions: [refused] },
  ];
  for (const order of [entries, [...entries].reverse()]) {
    expect(ancestorStatuses(order, "us").map(({ conditions }) => conditions)).toEqual([[refused, overridden]]);
  }
});

test("sixteen ancestors fit; of more the sixteenth says that some are left out", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      ancestorRef: ref(`g${String(i).padStart(2, "0")}`),
      conditions: [accepted],
    }));
  const isAggregated = (count: number) =>
    ancestorStatuses(many(count), "us").map(({ conditions }) => conditions.some(({ type }) => type === "Aggregated"));
  expect(isAggregated(16)).toEqual(Array(16).fill(false));
  expect(isAggregated(17)).toEqual([...Array(15).fill(false), true]);
});
