import fc from "fast-check";
import { expect, test } from "vitest";
import { failed } from "./answer.ts";
import { dueMs, isWrong, judge, type LoadPlan, type Target, targetOf } from "./schedule.ts";

const target = (host: string): Target => ({ host, path: "/", bodies: ["b0"] });
const plan: LoadPlan = {
  port: 1,
  targets: [target("x"), target("a"), target("b"), target("c")],
  rate: 500,
  connections: 20,
};
const answer = (status: number, body = "") => ({ status, body, closes: false });

test("all connections together keep the rate, evenly", () => {
  const due = Array.from({ length: 25 }, (_, turn) => turn).flatMap((turn) =>
    Array.from({ length: 20 }, (_, connection) => dueMs(plan, connection, turn)),
  );
  expect(due.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, index) => index * 2));
});

test("half of the requests go to the first target, on every connection, and the rest is shared evenly", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), (connections) => {
      const counts = new Map<string, number>();
      for (let connection = 0; connection < connections; connection++) {
        const hosts = Array.from(
          { length: 120 },
          (_, turn) => targetOf({ ...plan, connections }, connection, turn).host,
        );
        expect(hosts.filter((host) => host === "x").length).toBeGreaterThan(0);
        expect(hosts.filter((host) => host !== "x").length).toBeGreaterThan(0);
        for (const host of hosts) counts.set(host, (counts.get(host) ?? 0) + 1);
      }
      expect(counts.size).toBe(4);
    }),
  );
  const first = Array.from({ length: 100 }, (_, turn) => targetOf(plan, 0, turn).host).filter((host) => host === "x");
  expect(first).toHaveLength(50);
});

test("an answer is right only from a backend that may give it", () => {
  expect(judge(answer(200, "b0"), target("x"), false)).toBeUndefined();
  expect(judge(answer(200, "b1"), target("x"), false)).toBe("wrong backend (b1)");
  expect(judge(answer(404), target("x"), false)).toBe("404");
  expect(judge(answer(503, "no healthy upstream"), target("x"), false)).toBe("503 no healthy upstream");
});

test("a status that a target allows is told but not wrong", () => {
  const told = judge(answer(404), { ...target("x"), allowed: [404] }, false);
  expect(told).toBe("404 (allowed)");
  expect(isWrong(told ?? "")).toBe(false);
  expect(isWrong("404")).toBe(true);
});

test("a connection that breaks is told with whether it was new", () => {
  expect(judge(failed("reset"), target("x"), false)).toBe("reset on kept connection");
  expect(judge(failed("reset"), target("x"), true)).toBe("reset on new connection");
  expect(judge(failed("timeout"), target("x"), false)).toBe("timeout");
});
