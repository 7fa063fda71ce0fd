import { expect, test } from "vitest";
import { type FinishedTest, OutputReader } from "./output.ts";

/** Reads lines that come a second apart; `^` stands for the character before Go's own lines. */
function read(text: string, reader = new OutputReader()): FinishedTest[] {
  return text.split("\n").flatMap((line, i) => reader.read(line.replace("^", "\x16"), i * 1000) ?? []);
}

test("each direct part of the suite's Go test is a test, with its result", () => {
  const tests = read(`^=== RUN   TestConformance
^=== RUN   TestConformance/First
^=== RUN   TestConformance/First/a_request
^--- PASS: TestConformance/First/a_request (0.50s)
^=== NAME  TestConformance/First
^--- PASS: TestConformance/First (1.00s)
^=== NAME  TestConformance
^=== RUN   TestConformance/Second
    conformance.go:70: Skipping Second: suite does not support Mesh
^--- SKIP: TestConformance/Second (0.00s)
^=== NAME  TestConformance
^--- PASS: TestConformance (9.00s)`);
  expect(tests).toEqual([
    { name: "First", result: "passed", seconds: 4, messages: [] },
    { name: "Second", result: "skipped", seconds: 2, messages: ["Skipping Second: suite does not support Mesh"] },
  ]);
});

test("a failed test shows what its innermost failed parts wrote, and nothing of those that passed", () => {
  const [failed] = read(`^=== RUN   TestConformance
^=== RUN   TestConformance/First
    first.go:5: applying
^=== RUN   TestConformance/First/good
    first.go:6: all is well
^--- PASS: TestConformance/First/good (0.00s)
^=== NAME  TestConformance/First
^=== RUN   TestConformance/First/bad
    first.go:7: expected 200
        got 503
^--- FAIL: TestConformance/First/bad (0.00s)
^=== NAME  TestConformance/First
^--- FAIL: TestConformance/First (0.00s)`);
  expect(failed?.messages).toEqual(["First/bad:\nfirst.go:7: expected 200\n    got 503"]);
});

test("a test that fails by itself shows its own last words", () => {
  const lines = Array.from({ length: 100 }, (_, i) => `    first.go:${i}: line ${i}`).join("\n");
  const [failed] = read(`^=== RUN   TestConformance/First\n${lines}\n^--- FAIL: TestConformance/First (0.00s)`);
  const message = failed?.messages.join("\n") ?? "";
  expect(message).toContain("first.go:99: line 99");
  expect(message).not.toContain("line 50");
});

test("parallel tests have their own lines and times, though they are at work together", () => {
  const tests = read(`^=== RUN   TestConformance
^=== RUN   TestConformance/P1
^=== PAUSE TestConformance/P1
^=== NAME  TestConformance
^=== RUN   TestConformance/P2
^=== PAUSE TestConformance/P2
^=== NAME  TestConformance
^=== CONT  TestConformance/P2
    p.go:1: two
^=== CONT  TestConformance/P1
    p.go:1: one
^--- PASS: TestConformance/P1 (0.20s)
^=== NAME  TestConformance/P2
    p.go:2: no
^--- FAIL: TestConformance/P2 (0.30s)`);
  expect(tests).toEqual([
    { name: "P1", result: "passed", seconds: 2, messages: [] },
    { name: "P2", result: "failed", seconds: 7, messages: ["P2:\np.go:1: two\np.go:2: no"] },
  ]);
});

test("Go's lines are found also behind output that has no end of line", () => {
  const [first] = read(`^=== RUN   TestConformance/First\nno end^--- FAIL: TestConformance/First (0.00s)`);
  expect(first).toMatchObject({ result: "failed", messages: ["First:\nno end"] });
});

test("what is at work, and what was said outside of tests, is known at any time", () => {
  const reader = new OutputReader();
  read(
    `^=== RUN   TestConformance
    suite.go:1: Test Setup: Applying base manifests
^=== RUN   TestConformance/First
^=== RUN   TestConformance/First/part`,
    reader,
  );
  expect(reader.unfinished).toEqual(["First"]);
  expect(reader.words).toEqual(["suite.go:1: Test Setup: Applying base manifests"]);
});

test("of what was said outside of tests the report is left out, so that an error before it is seen", () => {
  const reader = new OutputReader();
  const report = Array.from({ length: 100 }, (_, i) => `        line: ${i}`).join("\n");
  read(`^=== RUN   TestConformance\n    apply.go:2: still present\n    c.go:1: Conformance report:\n${report}`, reader);
  expect(reader.words).toEqual(["apply.go:2: still present"]);
});
