import { expect, test } from "vitest";
import { createLogs } from "./logs.ts";

function logged(logging: Parameters<typeof createLogs>[0]) {
  const written: string[] = [];
  return { logs: createLogs(logging, { write: (text) => written.push(text) }), written };
}

test("each component has its level, others that of default, and both change while they are in use", () => {
  const { logs, written } = logged({ level: { default: "warn", xds: "debug" } });
  const xds = logs.for("xds");
  const provider = logs.for("provider");
  xds.debug("one");
  provider.info("two");
  logs.apply({ level: { default: "info", xds: "off" } });
  xds.error("three");
  provider.info("four");
  expect(written.map((line) => /(one|two|three|four)/.exec(line)?.[0])).toEqual(["one", "four"]);
});

test("text lines have time, level, component, message and fields; the stack of an error follows", () => {
  const { logs, written } = logged({ level: { default: "info" } });
  logs
    .for("server")
    .warn({ fleet: "a/b", text: "with blanks", count: 2, error: new Error("broken") }, "something happened");
  const [first, second] = (written[0] ?? "").split("\n");
  expect(first).toMatch(
    /^\d{4}-\d\d-\d\dT[\d:.]+Z WARN {2}server {2}something happened {2}fleet=a\/b {2}text="with blanks" {2}count=2$/,
  );
  expect(second).toBe("    Error: broken");
});

test("JSON lines have the keys that log collectors of the original expect", () => {
  const { logs, written } = logged({ level: { default: "info" }, encoder: "JSON" });
  logs.for("infrastructure").info({ fleet: "a/b" }, "hello");
  expect(JSON.parse(written[0] ?? "")).toEqual({
    ts: expect.stringMatching(/Z$/) as string,
    level: "info",
    logger: "infrastructure",
    fleet: "a/b",
    msg: "hello",
  });
});
