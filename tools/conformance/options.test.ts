import { expect, test } from "vitest";
import { isComplete, type Options, parseOptions, profiles } from "./options.ts";

const parse = (environment: NodeJS.ProcessEnv): Options => {
  const options = parseOptions(environment);
  if ("error" in options) throw new Error(options.error);
  return options;
};

test("without options everything of all gateway profiles is run, and only that makes the project's report", () => {
  expect(parse({}).profiles).toEqual(Object.keys(profiles));
  expect(isComplete(parse({ MODE: "GatewayNamespace", TIMEOUT: "90m" }))).toBe(true);
  for (const part of [{ RUN: "GRPCRouteWeight" }, { SKIP: "GRPCRouteWeight" }, { SUITE: "core" }, { PROFILES: "TLS" }])
    expect(isComplete(parse(part))).toBe(false);
});

test("lists are separated by commas or blanks, and profiles have a short form", () => {
  const { run, profiles: chosen } = parse({
    RUN: "UDPRoute,HTTPRouteCORS  GRPCRouteWeight",
    PROFILES: "HTTP, GATEWAY-UDP",
  });
  expect(run).toEqual(["UDPRoute", "HTTPRouteCORS", "GRPCRouteWeight"]);
  expect(chosen).toEqual(["GATEWAY-HTTP", "GATEWAY-UDP"]);
});

test("empty variables are as good as none", () => {
  expect(parse({ SUITE: "", MODE: "", PROFILES: "", TIMEOUT: "", NAMESPACE: "" })).toEqual(parse({}));
});

test.each([
  [{ SUITE: "extended" }, "SUITE"],
  [{ MODE: "default" }, "ControllerNamespace, GatewayNamespace"],
  [{ PROFILES: "HTTP,MESH" }, "GATEWAY-MESH"],
  [{ RUN: "HTTPRouteCors" }, "HTTPRouteCors"],
  [{ TIMEOUT: "an hour" }, "TIMEOUT"],
])("%j is answered with what would be right", (environment, words) => {
  expect(parseOptions(environment)).toEqual({ error: expect.stringContaining(words) });
});
