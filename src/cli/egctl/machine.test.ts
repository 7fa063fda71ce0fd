import { spawnSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Workplace } from "../../server/testing/workplace.ts";
import { testContext } from "../testing/context.ts";
import { runEgctl } from "./program.ts";

const work = new Workplace();
const servers: Server[] = [];
let admin = "";
let envoy = "";

async function serve(answer: (path: string) => string | undefined): Promise<string> {
  const server = createServer((request, response) => {
    const body = answer(request.url ?? "");
    response.writeHead(body === undefined ? 404 : 200).end(body ?? "{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  const answers: Readonly<Record<string, string>> = {
    "/config_dump?include_eds": '{"configs":[{"@type":"type.googleapis.com/envoy.admin.v3.RoutesConfigDump"}]}',
    "/stats/prometheus": "live 1\n",
  };
  envoy = await serve((path) => answers[path]);
  const fleets = ["default/shop", "team/blog"].map((fleet) => ({
    fleet,
    name: fleet.replace("/", "-"),
    adminAddress: envoy,
    gateways: [fleet],
  }));
  admin = await serve((path) => (path === "/api/envoys" ? JSON.stringify({ fleets }) : "{}"));
});
afterAll(() => {
  for (const server of servers) server.close();
  work.remove();
});

async function run(...args: string[]) {
  const context = testContext({ cwd: work.root });
  const code = await runEgctl([...args, "--admin", admin], context);
  return { code, out: context.out(), err: context.err() };
}

test("egctl config envoy-proxy chooses Envoys by their Gateway's namespace", async () => {
  const namespaces = async (...args: string[]) =>
    Object.keys(JSON.parse((await run("config", "envoy-proxy", "route", ...args)).out) as object);
  expect(await namespaces()).toEqual(["default", "team"]);
  expect(await namespaces("-n", "team")).toEqual(["team"]);
  expect(await namespaces("-n", "team", "-A")).toEqual(["default", "team"]);
  expect(await run("config", "envoy-proxy", "route", "-n", "empty")).toMatchObject({
    code: 1,
    err: "No Envoy of a Gateway in namespace empty runs.\n",
  });
});

test("egctl config envoy-gateway knows where the control plane would be in a cluster", async () => {
  expect((await run("config", "envoy-gateway", "all", "-n", "envoy-gateway-system")).code).toBe(0);
  expect(await run("config", "envoy-gateway", "all", "-n", "team")).toMatchObject({
    code: 1,
    err: "There is no control plane in namespace team: the one on this machine is envoy-gateway-system/envoy-gateway.\n",
  });
});

test("egctl x stats and dashboard lead to Envoys' own admin interfaces", async () => {
  expect((await run("x", "stats", "envoy-proxy", "default/shop")).out).toBe("default/default-shop:\nlive 1\n");
  expect(await run("x", "dashboard", "envoy-proxy", "--no-browser")).toEqual({
    code: 0,
    out: `http://${envoy}\n`,
    err: "This is default-shop; there are also team-blog.\n",
  });
  expect((await run("x", "d", "eg", "--no-browser")).out).toBe(`http://${admin}\n`);
});

test("egctl x collect writes what the control plane and its Envoys tell", async () => {
  const { code, out } = await run("x", "collect", "-o", "bundle.tar.gz");
  expect([code, out]).toEqual([0, "bundle.tar.gz\n"]);
  const listed = spawnSync("tar", ["-tzf", join(work.root, "bundle.tar.gz")], { encoding: "utf8" }).stdout.split("\n");
  expect(listed).toEqual(
    expect.arrayContaining([
      "bundle/control-plane/objects.json",
      "bundle/control-plane/statuses.json",
      "bundle/prometheus-metrics/envoy-gateway.prom",
      "bundle/prometheus-metrics/team/team-blog.prom",
      "bundle/config-dumps/default/default-shop.json",
    ]),
  );
});

test("egctl x install and uninstall name the commands that do it", async () => {
  expect(await run("x", "install", "--version", "v1")).toMatchObject({
    code: 1,
    err: expect.stringContaining("helm install eg ") as string,
  });
  expect((await run("x", "uninstall")).err).toContain("helm uninstall eg ");
});
