import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Workplace } from "../../server/testing/workplace.ts";
import { testContext } from "../testing/context.ts";
import { runGateway } from "./program.ts";

let work: Workplace;
beforeEach(() => {
  work = new Workplace();
});
afterEach(() => work.remove());

async function run(...args: string[]) {
  const context = testContext({ cwd: work.root });
  const code = await runGateway(args, context);
  return { code, out: context.out(), err: context.err() };
}

describe("envoy-gateway", () => {
  test("version tells versions as text, YAML and JSON", async () => {
    expect((await run("version")).out).toMatch(
      /^ENVOY_GATEWAY_VERSION: .+\nENVOY_PROXY_VERSION: v1\.\d+\.\d+\nGATEWAYAPI_VERSION: v1\.7\.0\nGIT_COMMIT_ID: .+\nGOLANG_VERSION: node v.+\nNODE_VERSION: v/,
    );
    const json = JSON.parse((await run("v", "-o", "json")).out) as object;
    expect(Object.keys(json)).toEqual(
      expect.arrayContaining([
        "envoyGatewayVersion",
        "gatewayAPIVersion",
        "envoyProxyVersion",
        "gitCommitID",
        "golangVersion",
      ]),
    );
    expect((await run("version", "-o", "yaml")).out).toContain("gatewayAPIVersion: v1.7.0\n");
  });

  test("certgen makes certificates once, and anew when told so", async () => {
    const certs = join(work.root, "home", "certs");
    expect((await run("certgen", "--local", "--config-home", "home")).out).toContain(`created ${certs}/envoy-gateway`);
    for (const file of ["envoy/tls.key", "envoy-gateway/ca.crt", "envoy-oidc-hmac/hmac-secret"])
      expect(existsSync(join(certs, file))).toBe(true);
    expect((await run("certgen", "-l", "--config-home", "home")).out).toContain(`kept ${certs}/envoy\n`);
    expect((await run("certgen", "-l", "-o", "--config-home", "home")).out).toContain(`replaced ${certs}/envoy\n`);
  });

  test("certgen without --local looks for a cluster", async () => {
    expect(await run("certgen")).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringMatching(/^The certificates cannot be written: No cluster is configured.*\n$/),
    });
  });

  test("config validate tells errors and warnings with their places", async () => {
    work.configure({ extensionApi: {} });
    expect(await run("config", "validate", "envoy-gateway.yaml")).toMatchObject({
      code: 0,
      out: "envoy-gateway.yaml is valid.\n",
      err: expect.stringMatching(
        /^warning: envoy-gateway\.yaml:\d+:3: extensionApi: unknown field; did you mean "extensionApis"\?\n$/,
      ) as string,
    });
    work.write(
      "envoy-gateway.yaml",
      "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyGateway\nlogging: { encoder: Xml }\n",
    );
    expect(await run("config", "validate", "envoy-gateway.yaml")).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringMatching(/^error: envoy-gateway\.yaml:3:12: logging\.encoder: /) as string,
    });
  });

  test("server without a usable configuration ends with one message and exit code 1", async () => {
    expect(await run("server", "-c", "missing.yaml")).toEqual({
      code: 1,
      out: "",
      err: `${join(work.root, "missing.yaml")}: there is no such file\n`,
    });
    expect(await run("server")).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^No cluster is configured.*set provider.type to Custom.*\n$/) as string,
    });
  });

  test("run names a path that does not exist", async () => {
    expect(await run("run", "-f", "nothing")).toEqual({ code: 1, out: "", err: "There is nothing at nothing.\n" });
  });

  test.each([
    [["sever"], /^envoy-gateway: unknown command 'sever'\n\(Did you mean server\?\)\n$/],
    [["run"], /^envoy-gateway: required option '-f, --file/],
    [["server", "--xds-port", "99999"], /A port is a number from 0/],
  ])("%j is refused with exit code 1", async (args, message) => {
    const { code, err } = await run(...args);
    expect([code, err]).toEqual([1, expect.stringMatching(message)]);
  });
});
