import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "../testing/free-ports.ts";
import type { GatewayServer } from "./gateway-server.ts";
import {
  adminJson,
  fetchFrom,
  gatewayManifest,
  routeManifest,
  startBackend,
  testServer,
  until,
  Workplace,
} from "./testing/workplace.ts";

/** Servers with a real Envoy. Each test gets directories of its own; what it leaves running is stopped. */
let backend: Awaited<ReturnType<typeof startBackend>>;
let work: Workplace;
let port: number;
const running = new Set<GatewayServer>();

beforeAll(async () => {
  backend = await startBackend("hello");
});

afterAll(() => backend.stop());

beforeEach(async () => {
  work = new Workplace();
  port = await freePort();
  work.configure({ extensionApis: { enableBackend: true } });
  work.write("manifests/gateway.yaml", gatewayManifest(port));
  work.write("manifests/route.yaml", routeManifest("r", "www.example.com", backend.port));
});

afterEach(async () => {
  for (const server of running) await server.stop({ keepEnvoys: false });
  running.clear();
  work.remove();
});

async function start(xdsPort = 0): Promise<{ server: GatewayServer; log: string[] }> {
  const [xds, other] = [xdsPort, 0].map((port) => ({ host: "127.0.0.1", port }));
  const made = testServer(work, { ports: { xds, admin: other, metrics: other, health: other } });
  running.add(made.server);
  await made.server.start();
  return made;
}

const served = (host: string) => fetchFrom(port, "/", { host });
const status = (host: string, wanted: number) =>
  until(
    () => served(host),
    (answer) => answer.status === wanted,
  );

describe("a server with a real Envoy", () => {
  test("serves manifests, follows their changes, and tells of all that in its admin server", async () => {
    const { server } = await start();
    expect((await status("www.example.com", 200)).body).toBe("hello");
    expect((await served("other.example.com")).status).toBe(404);

    work.write("manifests/more.yaml", routeManifest("more", "more.example.com", backend.port));
    await status("more.example.com", 200);

    const { fleets } = (await adminJson(server, "/api/envoys")) as {
      fleets: {
        fleet: string;
        adminAddress: string;
        streams: { types: { type: string; acknowledged?: object }[] }[];
      }[];
    };
    expect(fleets.map(({ fleet }) => fleet)).toEqual(["default/eg"]);
    expect(fleets[0]?.streams[0]?.types.filter(({ acknowledged }) => acknowledged).map(({ type }) => type)).toEqual(
      expect.arrayContaining(["cluster", "listener", "route"]),
    );

    const gateway = await until(
      () =>
        adminJson(server, "/api/status?kind=gateway") as Promise<{
          items: { status: { conditions: { type: string; status: string }[]; addresses?: object[] } }[];
        }>,
      ({ items }) =>
        items[0]?.status.conditions.some(({ type, status: value }) => type === "Programmed" && value === "True") ===
        true,
    );
    expect(gateway.items[0]?.status.addresses).not.toHaveLength(0);

    const xds = JSON.stringify(await adminJson(server, "/api/xds?fleet=default/eg"));
    expect(xds).toContain("more.example.com");
    expect(xds).toContain(
      "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    );

    const metrics = (await fetchFrom(server.ports.metrics, "/metrics")).body;
    expect(metrics).toMatch(/^xds_snapshot_update_total\{nodeID="default\/eg",status="success"\} \d+$/m);
    expect(metrics).toMatch(/^envoy_replicas\{fleet="default\/eg",state="available"\} 1$/m);
    expect((await fetchFrom(server.ports.health, "/readyz")).body).toBe("ok");
  });

  test("a broken manifest leaves what it served and is told with its place", async () => {
    const { server } = await start();
    await status("www.example.com", 200);
    const path = work.write(
      "manifests/route.yaml",
      routeManifest("r", "www.example.com", backend.port).replace("hostnames: [", "hostnames: [UPPER, "),
    );
    const { manifests } = await until(
      () =>
        adminJson(server, "/api/problems") as Promise<{
          manifests: { severity: string; file: string; line: number; kind: string; key: string; field: string }[];
        }>,
      (problems) => problems.manifests.length > 0,
    );
    expect(manifests[0]).toMatchObject({
      severity: "error",
      file: path,
      kind: "HTTPRoute",
      key: "default/r",
      field: "spec.hostnames[0]",
    });
    expect((await served("www.example.com")).status).toBe(200);
  });

  test("extension APIs are switched while it runs, on the same connection to Envoy", async () => {
    const { server } = await start();
    await status("www.example.com", 200);
    const streamOf = async () =>
      ((await adminJson(server, "/api/envoys")) as { fleets: { pid: number; streams: { id: number }[] }[] }).fleets[0];
    const before = await streamOf();

    work.configure({ extensionApis: { enableBackend: false } });
    await status("www.example.com", 500);
    work.configure({ extensionApis: { enableBackend: true } });
    await status("www.example.com", 200);

    expect((await streamOf())?.streams.map(({ id }) => id)).toEqual(before?.streams.map(({ id }) => id));
    expect((await streamOf())?.pid).toBe(before?.pid);
  });

  test("a bad configuration file changes nothing and is told; logging is switched while it runs", async () => {
    const { server, log } = await start();
    await status("www.example.com", 200);
    work.write(
      "envoy-gateway.yaml",
      "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyGateway\nprovider:\n  type: Customs\n",
    );
    await until(
      () => log.join(""),
      (text) => text.includes("the former configuration stays in effect"),
    );
    expect(log.join("")).toContain("envoy-gateway.yaml:4:");
    expect((await served("www.example.com")).status).toBe(200);
    expect(server.config.provider.type).toBe("Custom");

    work.configure({
      extensionApis: { enableBackend: true },
      logging: { level: { "gateway-api": "debug" }, encoder: "JSON" },
    });
    await until(
      () => server.config.logging.encoder,
      (encoder) => encoder === "JSON",
    );
    log.length = 0;
    work.write("manifests/more.yaml", routeManifest("more", "more.example.com", backend.port));
    await until(
      () => log.join(""),
      (text) => text.includes("objects changed"),
    );
    expect(log.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ level: "debug", logger: "gateway-api", msg: "objects changed", objects: 2 }),
    );
  });

  test("other manifests in the configuration replace what is served, with the same Envoy", async () => {
    const { server } = await start();
    await status("www.example.com", 200);
    const pid = () => server.plane?.infrastructure?.statuses()[0]?.pid;
    const before = pid();
    const former = work.manifests;
    const next = new Workplace();
    try {
      next.write("manifests/gateway.yaml", gatewayManifest(port));
      next.write("manifests/route.yaml", routeManifest("next", "next.example.com", backend.port));
      Object.assign(work, { manifests: next.manifests });
      work.configure({ extensionApis: { enableBackend: true } });
      await status("next.example.com", 200);
      await status("www.example.com", 404);
      expect(await until(pid, (value) => value !== undefined)).toBe(before);
    } finally {
      Object.assign(work, { manifests: former });
      next.remove();
    }
  });

  test("Envoys that are kept serve on, and the next server takes them over", async () => {
    const xdsPort = await freePort();
    const first = await start(xdsPort);
    await status("www.example.com", 200);
    const [before] = first.server.plane?.infrastructure?.statuses() ?? [];
    await first.server.stop({ keepEnvoys: true });
    running.delete(first.server);
    expect((await served("www.example.com")).status).toBe(200);

    const second = await start(xdsPort);
    const [after] = await until(
      () => second.server.plane?.infrastructure?.statuses() ?? [],
      ([fleet]) => fleet?.state === "serving",
    );
    expect(after).toMatchObject({ pid: before?.pid, isAdopted: true });
    work.write("manifests/more.yaml", routeManifest("more", "more.example.com", backend.port));
    await status("more.example.com", 200);
  });

  test("a stop ends the Envoys, and a listener's port is free again", async () => {
    const { server } = await start();
    await status("www.example.com", 200);
    await server.stop({ keepEnvoys: false });
    expect((await served("www.example.com")).status).toBe(0);
  });

  test("a server that is stopped while it starts leaves nothing behind", async () => {
    const { server } = testServer(work);
    const started = server.start();
    await server.stop({ keepEnvoys: false });
    await started;
    expect((await served("www.example.com")).status).toBe(0);
  });
});
