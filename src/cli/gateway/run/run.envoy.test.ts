import { rmSync } from "node:fs";
import { load } from "js-yaml";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  fetchFrom,
  gatewayManifest,
  routeManifest,
  startBackend,
  testEnvoy,
  until,
  Workplace,
} from "../../../server/testing/workplace.ts";
import { freePort } from "../../../testing/free-ports.ts";
import { runEgctl } from "../../egctl/program.ts";
import { testContext } from "../../testing/context.ts";
import { runGateway } from "../program.ts";

let work: Workplace;
let backend: Awaited<ReturnType<typeof startBackend>>;

beforeEach(async () => {
  work = new Workplace();
  backend = await startBackend("hello");
});

afterEach(async () => {
  await backend.stop();
  work.remove();
});

test("run says what it serves and what each change does, answers egctl, and ends when it is told to", async () => {
  const port = await freePort();
  work.write("manifests/gateway.yaml", gatewayManifest(port));
  work.write("manifests/route.yaml", routeManifest("first", "www.example.com", backend.port));
  const context = testContext({ cwd: work.root });
  const ports = ["xds", "admin", "metrics", "health"].flatMap((part) => [`--${part}-port`, "0"]);
  const ended = runGateway(
    ["run", "-f", work.manifests, "--state-dir", work.stateDir, "--envoy", testEnvoy, ...ports],
    context,
  );
  const said = (text: string) =>
    until(
      () => context.out() + context.err(),
      (all) => all.includes(text),
    );

  await said("Ctrl-C stops");
  expect(context.out()).toContain(`Gateway default/eg: served by Envoy (process `);
  expect(context.out()).toContain(`  HTTPRoute default/first: http://www.example.com:${port}/\n`);
  expect(await fetchFrom(port, "/", { host: "www.example.com" })).toMatchObject({ status: 200, body: "hello" });

  const path = work.write("manifests/more.yaml", routeManifest("more", "more.example.com", backend.port));
  await said(`HTTPRoute default/more: now served on http://more.example.com:${port}/\n`);
  rmSync(path);
  await said("HTTPRoute default/more: removed, no longer served\n");
  await said("Backend default/more: removed, no longer in effect\n");
  work.write(
    "manifests/more.yaml",
    routeManifest("more", "more.example.com", backend.port).replace("Backend, name: more", "Backend, name: gone"),
  );
  await said("HTTPRoute default/more: partly in effect: ");
  expect(context.out()).toMatch(/Backend default\/gone does not exist \(BackendNotFound\) \[.*more\.yaml:\d+\]/);
  work.write(
    "manifests/more.yaml",
    routeManifest("more", "more.example.com", backend.port).replace("parentRefs", "parentRef"),
  );
  await said(`warning: ${path}:`);
  expect(context.out()).toContain('did you mean "parentRefs"?');
  work.write("manifests/more.yaml", "{}\n");
  await said("rejected: ");

  const status = testContext({ cwd: work.root });
  expect(await runEgctl(["x", "status", "httproute", "--state-dir", work.stateDir], status)).toBe(0);
  expect(status.out()).toMatch(
    /^NAME +PARENT REFERENCE +TYPE +STATUS +REASON\nfirst +gateway\/eg +Accepted +True +Accepted\n/,
  );
  const config = testContext({ cwd: work.root });
  expect(await runEgctl(["config", "envoy-proxy", "route", "--state-dir", work.stateDir], config)).toBe(0);
  const dump = JSON.parse(config.out()) as { default: Record<string, { "@type": string }> };
  expect(Object.values(dump.default)[0]?.["@type"]).toBe("type.googleapis.com/envoy.admin.v3.RoutesConfigDump");
  expect(config.out()).toContain("www.example.com");
  const objects = testContext({ cwd: work.root });
  expect(await runEgctl(["config", "envoy-gateway", "gw", "-o", "yaml", "--state-dir", work.stateDir], objects)).toBe(
    0,
  );
  expect(load(objects.out())).toMatchObject({
    "envoy-gateway-system": { "envoy-gateway": { gateways: [{ spec: { gatewayClassName: "eg" } }] } },
  });
  const label = "gateway.envoyproxy.io/owning-gateway-name";
  for (const [name, answer] of [
    ["eg", /BootstrapConfigDump/],
    ["other", /^No Envoy with these labels runs/],
  ] as const) {
    const asked = testContext({ cwd: work.root });
    await runEgctl(["config", "-l", `${label}=${name}`, "proxy", "b", "--state-dir", work.stateDir], asked);
    expect(asked.out() + asked.err()).toMatch(answer);
  }
  const version = testContext({ cwd: work.root });
  await runEgctl(["version", "--state-dir", work.stateDir], version);
  expect(load(version.out())).toMatchObject({ server: [{ envoyGatewayVersion: "dev", gatewayAPIVersion: "v1.7.0" }] });

  context.stop();
  expect(await ended).toBe(0);
  expect((await fetchFrom(port)).status).toBe(0);
});

test("a second control plane in the same directories is refused", async () => {
  work.write("manifests/gateway.yaml", gatewayManifest(await freePort()));
  const { recordInstance, runningInstance } = await import("../../../server/instance.ts");
  const runtimeDir = `${work.stateDir}/run`;
  await recordInstance(runtimeDir, "127.0.0.1:1");
  expect(await runningInstance(runtimeDir)).toMatchObject({ pid: process.pid, admin: "127.0.0.1:1" });
  const { identify } = await import("../../../infra/host/process-table.ts");
  const parent = await identify(process.ppid);
  work.write(
    "home/run/control-plane.json",
    JSON.stringify({ pid: process.ppid, startedAt: parent?.startedAt, admin: "127.0.0.1:1" }),
  );
  const context = testContext({ cwd: work.root });
  expect(await runGateway(["run", "-f", work.manifests, "--state-dir", work.stateDir], context)).toBe(1);
  expect(context.err()).toContain(`Another control plane (process ${process.ppid}) runs Envoys in ${runtimeDir}.`);
});

test("a listener that is not served is named as wrong, not as an address", async () => {
  const port = await freePort();
  const lacking = `[{ name: http, protocol: HTTP, port: ${port} }, { name: https, protocol: HTTPS, port: 8443, tls: { certificateRefs: [{ name: none }] } }]`;
  work.write("manifests/gateway.yaml", gatewayManifest(port).replace(/\[\{ name: http.*\]/, lacking));
  work.write("manifests/first.yaml", routeManifest("first", "www.example.com", 9));
  const ports = ["--xds-port", "--admin-port", "--metrics-port", "--health-port"].flatMap((option) => [option, "0"]);
  const context = testContext({ cwd: work.root });
  const ended = runGateway(
    ["run", "-f", work.manifests, "--state-dir", work.stateDir, "--envoy", "/nowhere/envoy", ...ports],
    context,
  );
  await until(
    () => context.out(),
    (out) => out.includes("Ctrl-C stops"),
  );
  expect(context.out()).toContain(
    `Gateway default/eg: not served on http://localhost:${port} (http): The Envoy given as /nowhere/envoy cannot be run`,
  );
  expect(context.out()).toContain(`  HTTPRoute default/first: http://www.example.com:${port}/\n`);
  expect(context.out()).toContain("Secret default/none does not exist (InvalidCertificateRef)");
  context.stop();
  expect(await ended).toBe(0);
});
