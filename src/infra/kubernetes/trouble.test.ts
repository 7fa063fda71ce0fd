import { expect, test } from "vitest";
import { KubeError } from "../../kube/error.ts";
import { logTrouble } from "./trouble.ts";

function rig() {
  const lines: string[] = [];
  const write = (_fields: object, message: string): void => void lines.push(message);
  return { lines, note: logTrouble("Node", { debug: write, info: write, warn: write, error: write }) };
}

const forbidden = new KubeError("nodes is forbidden", 403, "Forbidden");

test("a refusal is told once, another one is told too, and so is the end of it", () => {
  const { lines, note } = rig();
  note(undefined);
  for (let i = 0; i < 3; i += 1) note(forbidden);
  note(new KubeError("too many requests", 429, "TooManyRequests"));
  for (let i = 0; i < 2; i += 1) note(undefined);
  expect(lines).toEqual([
    "they cannot be followed: nodes is forbidden",
    "they cannot be followed: too many requests",
    "they are followed again",
  ]);
});

test("an API server that cannot be reached is no news of one kind, and hides no refusal that lasts", () => {
  const { lines, note } = rig();
  note(new KubeError("the API server cannot be reached", 0, "Unreachable"));
  note(undefined);
  note(forbidden);
  note(new KubeError("the API server cannot be reached", 0, "Unreachable"));
  note(forbidden);
  expect(lines).toEqual(["they cannot be followed: nodes is forbidden"]);
});
