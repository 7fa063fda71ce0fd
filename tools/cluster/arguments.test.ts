import { expect, test } from "vitest";
import { parseCommand, usage } from "./arguments.ts";

const parse = (line: string, environment: NodeJS.ProcessEnv = {}) =>
  parseCommand(line === "" ? [] : line.split(" "), environment);

test("a command's cluster is the one of the flag, else of the environment, else number 0", () => {
  expect(parse("up")).toEqual({ name: "up", number: 0, operands: [] });
  expect(parse("up", { CLUSTER: "4" })).toEqual({ name: "up", number: 4, operands: [] });
  expect(parse("up --number 2", { CLUSTER: "4" })).toEqual({ name: "up", number: 2, operands: [] });
});

test("load takes archives; exec takes a command whose flags are its own", () => {
  expect(parse("load a.tar b.tar")).toEqual({ name: "load", number: 0, operands: ["a.tar", "b.tar"] });
  expect(parse("exec --number 1 -- ctr --number 5 images")).toEqual({
    name: "exec",
    number: 1,
    operands: ["ctr", "--number", "5", "images"],
  });
});

test.each([
  ["", "no command"],
  ["start", "no command start"],
  ["constructor", "no command constructor"],
  ["up --number 10", "a cluster's number is one from 0 to 9, not 10"],
  ["up --number x", "a cluster's number is one from 0 to 9, not x"],
  ["up now", "up takes no now"],
  ["load", "load needs <archive>..."],
  ["exec --", "exec needs -- <command> [argument]..."],
])("%j is refused: %s", (line, error) => {
  expect(parse(line)).toEqual({ error });
});

test("an unknown flag is named, and the usage shows every command", () => {
  expect(parse("up --numbr 1")).toEqual({ error: expect.stringContaining("--numbr") });
  for (const name of ["up", "down", "load", "kubeconfig", "exec", "build"]) expect(usage).toContain(`cluster ${name}`);
});
