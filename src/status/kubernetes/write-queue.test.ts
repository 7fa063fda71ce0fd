import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KubeError } from "../../kube/error.ts";
import { WriteQueue } from "./write-queue.ts";

let queue: WriteQueue;
let tried: string[];
let told: string[];
/** What the API server answers; by default it takes everything. */
let answers: Map<string, KubeError>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  tried = [];
  told = [];
  answers = new Map();
  queue = new WriteQueue({
    write: async (id) => {
      tried.push(id);
      const refusal = answers.get(id);
      if (refusal) throw refusal;
    },
    onFailed: (id, { status }) => void told.push(`${id} ${status}`),
  });
  queue.open();
});

afterEach(() => {
  queue.close();
  vi.useRealTimers();
});

const forbidden = new KubeError("not permitted", 403, "Forbidden");
const unauthorized = new KubeError("who are you", 401, "Unauthorized");
const invalid = new KubeError("too long", 422, "Invalid");

test("what is not permitted is tried again until it is, and told once", async () => {
  answers = new Map([
    ["a", forbidden],
    ["b", unauthorized],
  ]);
  for (const id of ["a", "b", "c"]) queue.add(id);
  await queue.flush();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(tried).toEqual(["a", "b", "c", "a", "b", "a", "b"]);
  expect(told).toEqual(["a 403", "b 401"]);
  answers.clear();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(tried.slice(7)).toEqual(["a", "b"]);
  answers.set("a", forbidden);
  queue.add("a");
  await queue.flush();
  expect(told).toEqual(["a 403", "b 401", "a 403"]);
});

test("what is wrong is not tried again until it changes", async () => {
  answers.set("a", invalid);
  queue.add("a");
  await queue.flush();
  await vi.advanceTimersByTimeAsync(120_000);
  expect([tried, told]).toEqual([["a"], ["a 422"]]);
});

test("who leads no more tries nothing again", async () => {
  answers.set("a", forbidden);
  queue.add("a");
  await queue.flush();
  queue.close();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(tried).toEqual(["a"]);
});
