import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { toJson } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ExportTraceServiceRequestSchema } from "../gen/opentelemetry/proto/collector/trace/v1/trace_service_pb.js";
import type { GatewayServer } from "./gateway-server.ts";
import { StartError } from "./start-error.ts";
import { startCollector } from "./testing/collector.ts";
import {
  adminJson,
  fetchFrom,
  gatewayManifest,
  routeManifest,
  testServer,
  until,
  Workplace,
} from "./testing/workplace.ts";

/** Servers without Envoys: what can be seen from outside is the same but for traffic. */
let work: Workplace;
const running = new Set<GatewayServer>();

beforeEach(() => {
  work = new Workplace();
  configure();
  work.write("manifests/gateway.yaml", gatewayManifest(8_080));
  work.write("manifests/route.yaml", routeManifest("r", "www.example.com", 9));
  work.write(
    "manifests/secret.yaml",
    "apiVersion: v1\nkind: Secret\nmetadata: { name: s, namespace: default }\nstringData: { key: do-not-tell }\n",
  );
});

afterEach(async () => {
  for (const server of running) await server.stop({ keepEnvoys: false });
  running.clear();
  work.remove();
});

/** Certificates are made in the directories of the host infrastructure; Envoys are not found, so none runs. */
function configure(more: Readonly<Record<string, unknown>> = {}): void {
  work.configure({ extensionApis: { enableBackend: true }, ...more });
}

async function start(more: Parameters<typeof testServer>[1] = {}): Promise<{ server: GatewayServer; log: string[] }> {
  const made = testServer(work, { envoy: "/nowhere/envoy", ...more });
  running.add(made.server);
  await made.server.start();
  return made;
}

describe("the admin server", () => {
  test("lists its endpoints", async () => {
    const { server } = await start();
    const { status, body, headers } = await fetchFrom(server.ports.admin, "/server_info");
    expect([status, headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    expect(body).toContain("/api/config_dump");
  });

  test.each(["/", "/api/info", "/api/config_dump"])("%s can only be read", async (path) => {
    const { server } = await start();
    const { status, headers } = await fetchFrom(server.ports.admin, path, { method: "POST" });
    expect([status, headers["allow"]]).toEqual([405, "GET, HEAD"]);
  });

  test("names the objects of each kind, or shows them whole with the values of Secrets masked", async () => {
    const { server } = await start();
    expect(await adminJson(server, "/api/config_dump")).toMatchObject({
      gatewayclasses: [{ name: "eg" }],
      httproutes: [{ namespace: "default", name: "r" }],
    });
    const { body } = await fetchFrom(server.ports.admin, "/api/config_dump?resource=all");
    expect(body).toContain("www.example.com");
    expect(body).toContain("[redacted]");
    expect(body).not.toContain("do-not-tell");
    expect(body).not.toContain(Buffer.from("do-not-tell").toString("base64"));
    for (const name of ["httproute", "HTTPRoute", "httproutes"]) {
      expect(await adminJson(server, `/api/config_dump?resource=${name}`)).toMatchObject({
        httproutes: [{ kind: "HTTPRoute" }],
      });
    }
  });

  test("an unknown kind is answered with those there are", async () => {
    const { server } = await start();
    const { status, body } = await fetchFrom(server.ports.admin, "/api/config_dump?resource=httprout");
    expect(status).toBe(400);
    expect((JSON.parse(body) as { supported: string[] }).supported).toEqual(
      expect.arrayContaining(["all", "gateway", "httproute"]),
    );
  });

  test("shows statuses, fleets' problems and the state of the parts", async () => {
    const { server } = await start();
    const { items } = await until(
      () => adminJson(server, "/api/status") as Promise<{ items: { kind: string; metadata: object }[] }>,
      (answer) => answer.items.length > 0,
    );
    expect(items).toContainEqual(
      expect.objectContaining({ kind: "HTTPRoute", metadata: { namespace: "default", name: "r" } }),
    );
    const problems = await until(
      () => adminJson(server, "/api/problems") as Promise<{ fleets: object[] }>,
      ({ fleets }) => fleets.length > 0,
    );
    expect(problems.fleets).toContainEqual(expect.objectContaining({ fleet: "default/eg", code: "envoy-unusable" }));
    expect(await adminJson(server, "/api/server_info")).toMatchObject({ state: "Degraded", ports: server.ports });
    expect(await adminJson(server, "/api/graph")).toContainEqual(
      expect.objectContaining({ name: "HTTPRoute", kind: "source", size: 1 }),
    );
  });

  test("takes profiles only when it is allowed to", async () => {
    const { server } = await start();
    expect((await fetchFrom(server.ports.admin, "/debug/pprof/profile?seconds=0.05")).status).toBe(403);
    configure({ admin: { enablePprof: true } });
    await until(
      () => server.config.admin.enablePprof,
      (isOn) => isOn,
    );
    const profile = (await adminJson(server, "/debug/pprof/profile?seconds=0.05")) as { nodes: object[] };
    expect(profile.nodes.length).toBeGreaterThan(0);
    expect((await fetchFrom(server.ports.admin, "/debug/pprof/profile?seconds=-1")).status).toBe(400);
  });
});

describe("health", () => {
  test("is told with its checks when asked", async () => {
    const { server } = await start();
    expect((await fetchFrom(server.ports.health, "/healthz")).body).toBe("ok");
    expect((await fetchFrom(server.ports.health, "/readyz?verbose")).body).toBe("[+]ping ok\n[+]manifests ok\nok\n");
  });
});

test("metrics tell when the certificates run out, and what was done", async () => {
  const { server } = await start();
  const metrics = (await fetchFrom(server.ports.metrics, "/metrics")).body;
  const end = Number(/^certificate_expiry_seconds (\d+)$/m.exec(metrics)?.[1]);
  expect(end * 1_000).toBeGreaterThan(Date.now());
  expect(metrics).toMatch(/^objects\{kind="HTTPRoute"\} 1$/m);
  expect(metrics).toMatch(/^resource_apply_total\{kind="Envoy",name="default\/eg",status="success"\} 1$/m);
});

describe("a changed configuration", () => {
  test("switches metrics off and on", async () => {
    const { server } = await start();
    expect((await fetchFrom(server.ports.metrics, "/metrics")).status).toBe(200);
    configure({ telemetry: { metrics: { prometheus: { disable: true } } } });
    await until(
      () => server.ports.metrics,
      (port) => port === 0,
    );
    configure();
    const port = await until(
      () => server.ports.metrics,
      (value) => value !== 0,
    );
    // The reload is counted once all of it is done, which is after the port is open.
    await until(
      async () => (await fetchFrom(port, "/metrics")).body,
      (body) => /^config_reload_total\{status="success"\} 2$/m.test(body),
    );
  });
});

describe("telemetry", () => {
  const sinkFor = (port: number) => ({
    type: "OpenTelemetry",
    openTelemetry: { host: "127.0.0.1", port, protocol: "grpc", exportInterval: "50ms" },
  });

  test("is sent once the configuration names a collector, without a restart", async () => {
    const collector = await startCollector();
    try {
      const { server } = await start();
      const sink = sinkFor(collector.grpcPort);
      configure({ telemetry: { metrics: { sinks: [sink] }, traces: { sink } } });
      await until(
        () => collector.metrics.length,
        (count) => count > 0,
      );
      work.write("manifests/route.yaml", routeManifest("r", "other.example.com", 9));
      await until(
        () => JSON.stringify(collector.traces.map((request) => toJson(ExportTraceServiceRequestSchema, request))),
        (sent) => sent.includes('"stringValue":"default/r"'),
      );
      const metrics = (await fetchFrom(server.ports.metrics, "/metrics")).body;
      expect(metrics).toMatch(/^telemetry_export_total\{signal="traces",status="success"\} \d+$/m);
    } finally {
      await collector.stop();
    }
  });

  test("needs a collector in every sink", async () => {
    configure({ telemetry: { metrics: { sinks: [{ type: "OpenTelemetry" }] } } });
    await expect(testServer(work).server.start()).rejects.toThrow(
      /telemetry\.metrics\.sinks: .* needs openTelemetry, with host and protocol/,
    );
  });
});

describe("a server that cannot start", () => {
  test.each(["xds", "admin", "metrics", "health"] as const)(
    "says who has the port of %s and how to choose another",
    async (part) => {
      const holder = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => holder.once("listening", resolve));
      const { port } = holder.address() as AddressInfo;
      const free = { host: "127.0.0.1", port: 0 };
      const { server } = testServer(work, {
        ports: { xds: free, admin: free, metrics: free, health: free, [part]: { host: "127.0.0.1", port } },
      });
      try {
        const error = await server.start().catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(StartError);
        expect(String(error)).toMatch(
          new RegExp(`Port ${port} for .* is in use by process ${process.pid} .*--${part}-port`),
        );
      } finally {
        holder.close();
      }
    },
  );

  test("tells all ports that are taken at once", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => holder.once("listening", resolve));
    const taken = { host: "127.0.0.1", port: (holder.address() as AddressInfo).port };
    const free = { host: "127.0.0.1", port: 0 };
    const { server } = testServer(work, { ports: { xds: free, admin: taken, metrics: free, health: taken } });
    try {
      await expect(server.start()).rejects.toThrow(
        /for health checks is .*--health-port\.\n.*for the admin server is .*--admin-port/,
      );
    } finally {
      holder.close();
    }
  });

  test("tells every error of its configuration with file and line", async () => {
    work.write(
      "envoy-gateway.yaml",
      "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyGateway\nprovider:\n  type: Customs\nlogging:\n  encoder: Xml\n",
    );
    const error = await testServer(work)
      .server.start()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StartError);
    expect(String(error)).toContain(`${work.configPath}:4:3: provider.type: must be one of`);
    expect(String(error)).toContain(`${work.configPath}:6:3: logging.encoder:`);
  });

  test("says where it looked for a cluster", async () => {
    work.write(
      "envoy-gateway.yaml",
      "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyGateway\nprovider: { type: Kubernetes }\n",
    );
    await expect(testServer(work).server.start()).rejects.toThrow(/set provider.type to Custom/);
  });
});

test("ten servers run in one process", async () => {
  const places = Array.from({ length: 10 }, () => new Workplace());
  try {
    const servers = await Promise.all(
      places.map(async (place, i) => {
        place.configure({ extensionApis: { enableBackend: true } });
        place.write("manifests/gateway.yaml", gatewayManifest(8_080));
        place.write("manifests/route.yaml", routeManifest(`r${i}`, "www.example.com", 9));
        const { server } = testServer(place, { envoy: "/nowhere/envoy" });
        running.add(server);
        await server.start();
        return server;
      }),
    );
    for (const [i, server] of servers.entries()) {
      expect(await adminJson(server, "/api/config_dump")).toMatchObject({ httproutes: [{ name: `r${i}` }] });
    }
    for (const server of servers) await server.stop({ keepEnvoys: false });
    running.clear();
  } finally {
    for (const place of places) place.remove();
  }
});
