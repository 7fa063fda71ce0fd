import { expect, test } from "vitest";
import { Admission } from "./admission.ts";

const node = (id: string) => ({ id, cluster: "f" });
const always = () => true;

test("only so many questions are under way; the others follow in turn, and those about streams that have ended are not asked", async () => {
  const asked: string[] = [];
  const answers: ((refusal: string | undefined) => void)[] = [];
  const admission = new Admission((_token, { id }) => {
    asked.push(id);
    return new Promise((resolve) => answers.push(resolve));
  }, 1_000);
  const verdicts = Array.from({ length: 16 }, (_, i) => admission.review("t", node(`early-${i}`), always));
  const ended = admission.review("t", node("ended"), () => false);
  const late = admission.review("t", node("late"), always);
  expect(asked).toHaveLength(16);
  answers[0]?.(undefined);
  expect([await verdicts[0], await ended]).toEqual([undefined, "the stream has ended"]);
  answers[1]?.("refused");
  expect(await verdicts[1]).toBe("refused");
  expect(asked.slice(16)).toEqual(["late"]);
  answers[16]?.("no");
  expect(await late).toBe("no");
});

test("a question that fails makes room for the next one", async () => {
  const admission = new Admission(() => Promise.reject(new Error("no API server")), 1_000);
  const all = Array.from({ length: 40 }, (_, i) => admission.review("t", node(`${i}`), always));
  expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual(Array(40).fill("rejected"));
});

test("what unproven streams have sent is bounded for all together", () => {
  const admission = new Admission(() => Promise.resolve(undefined), 1_000);
  const half = 32 * 1024 * 1024;
  expect([admission.hold(half), admission.hold(half), admission.hold(1)]).toEqual([true, true, false]);
  admission.release(half);
  expect(admission.hold(half)).toBe(true);
});
