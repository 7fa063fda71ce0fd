import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import { afterEach, beforeAll, expect, test } from "vitest";
import { freePort } from "../testing/free-ports.ts";
import type { FleetChange, Resource } from "../translate/resources.ts";
import type { Rejection } from "./rejection.ts";
import { createXdsServer, type XdsServer } from "./server.ts";
import { type Authority, createAuthority } from "./testing/certificates.ts";
import {
  edsCluster,
  httpListener,
  httpsListener,
  localEndpoints,
  tableHeadResource,
  tlsSecret,
  virtualHost,
} from "./testing/envoy-resources.ts";
import { type RealEnvoy, request, startEnvoy } from "./testing/real-envoy.ts";
import { until } from "./testing/until.ts";

const fleet = "default/eg";
const table = "default/eg/http";
const cleanups: (() => unknown)[] = [];
let authority: Authority;

beforeAll(async () => {
  authority = await createAuthority();
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A backend that answers with its own name. */
async function backend(name: string): Promise<number> {
  const server = createServer((_, response) => response.end(name));
  return openPort(server);
}

async function openPort(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

interface Setup {
  readonly server: XdsServer;
  readonly rejections: Rejection[];
  readonly recoveries: Rejection[];
  readonly xdsPort: number;
}

async function serve(
  options: { readonly port?: number; readonly hold?: boolean; readonly graceMs?: number } = {},
): Promise<Setup> {
  const rejections: Rejection[] = [];
  const recoveries: Rejection[] = [];
  const server = createXdsServer({
    tls: { ...(await authority.issue("envoy-gateway")), ca: authority.ca },
    graceMs: options.graceMs ?? 200,
    hold: options.hold ?? false,
    onRejected: (rejection) => rejections.push(rejection),
    onRecovered: (rejection) => recoveries.push(rejection),
    onProblem: (message) => console.error(message),
  });
  cleanups.push(() => server.close());
  const xdsPort = await server.listen(`127.0.0.1:${options.port ?? 0}`);
  return { server, rejections, recoveries, xdsPort };
}

async function envoy(xdsPort: number, isDelta = true): Promise<RealEnvoy> {
  const started = await startEnvoy({ xdsPort, node: "envoy-1", fleet, authority, isDelta });
  cleanups.push(() => started.stop());
  return started;
}

function set<T extends Resource>(...values: readonly T[]): { readonly name: string; readonly value: T }[] {
  return values.map((value) => ({ name: value.name, value }));
}

function hosts(...values: readonly ReturnType<typeof virtualHost>[]): NonNullable<FleetChange["virtualHost"]> {
  return values.map((value) => ({ name: value.name, table: value.table, value }));
}

async function backends(...names: readonly string[]): Promise<FleetChange> {
  const ports = await Promise.all(names.map(backend));
  return {
    cluster: set(...names.map((name) => edsCluster(name))),
    endpoint: set(...names.map((name, index) => localEndpoints(name, [ports[index] ?? 0]))),
  };
}

/** Asks one host name over and over; collects every answer that is not 200. */
function watchHost(port: number, host: string): { readonly wrong: string[]; stop(): Promise<number> } {
  const wrong: string[] = [];
  let isRunning = true;
  let count = 0;
  const done = (async () => {
    while (isRunning) {
      const { status, body } = await request(port, host);
      count++;
      if (status !== 200) wrong.push(`${status} ${body}`);
    }
  })();
  return {
    wrong,
    async stop() {
      isRunning = false;
      await done;
      return count;
    },
  };
}

const protocols = [
  ["delta", true],
  ["state of the world", false],
] as const;

test.each(protocols)(
  "Envoy serves what it is given by %s, and a route moves between clusters without an error",
  async (_, isDelta) => {
    const { server, rejections, xdsPort } = await serve();
    const port = await freePort();
    server.update(fleet, {
      ...(await backends("a")),
      listener: set(httpListener("http", port, table)),
      route: set(tableHeadResource(table)),
      virtualHost: hosts(virtualHost(table, "shop", ["shop.test"], "a")),
    });
    await envoy(xdsPort, isDelta);
    await until("the host is served", async () => (await request(port, "shop.test")).status === 200);
    const watched = watchHost(port, "shop.test");
    let former = "a";
    for (const name of ["b", "c", "d", "e", "f"]) {
      const change = await backends(name);
      server.update(fleet, {
        endpoint: [...(change.endpoint ?? []), { name: former, value: undefined }],
        cluster: [...(change.cluster ?? []), { name: former, value: undefined }],
        virtualHost: hosts(virtualHost(table, "shop", ["shop.test"], name)),
      });
      await until(`${name} answers`, async () => (await request(port, "shop.test")).body === name);
      await sleep(name === "c" ? 400 : 20);
      former = name;
    }
    expect(await watched.stop()).toBeGreaterThan(20);
    expect(watched.wrong).toEqual([]);
    expect(rejections).toEqual([]);
  },
  30_000,
);

test("a removed cluster leaves Envoy after the grace period", async () => {
  const { server, xdsPort } = await serve({ graceMs: 100 });
  const port = await freePort();
  server.update(fleet, {
    ...(await backends("a", "b")),
    listener: set(httpListener("http", port, table)),
    route: set(tableHeadResource(table)),
    virtualHost: hosts(virtualHost(table, "shop", ["shop.test"], "a")),
  });
  const started = await envoy(xdsPort);
  await until("the host is served", async () => (await request(port, "shop.test")).status === 200);
  server.update(fleet, { cluster: [{ name: "b", value: undefined }], endpoint: [{ name: "b", value: undefined }] });
  await until("b is gone", async () => !(await started.admin("/clusters")).includes("b::"));
  expect(await started.admin("/clusters")).toContain("a::");
}, 30_000);

test("a changed EDS cluster takes over at once", async () => {
  const { server, xdsPort } = await serve();
  const port = await freePort();
  const change = await backends("a");
  server.update(fleet, {
    ...change,
    listener: set(httpListener("http", port, table)),
    route: set(tableHeadResource(table)),
    virtualHost: hosts(virtualHost(table, "shop", ["shop.test"], "a")),
  });
  const started = await envoy(xdsPort);
  await until("the host is served", async () => (await request(port, "shop.test")).status === 200);
  server.update(fleet, { cluster: set(edsCluster("a", { connectTimeout: "3s" })) });
  await until("the new cluster is warm", async () => {
    const dump = JSON.parse(await started.admin("/config_dump?resource=dynamic_active_clusters")) as {
      configs?: unknown;
    };
    return JSON.stringify(dump).includes('"connect_timeout":"3s"');
  });
  expect((await request(port, "shop.test")).status).toBe(200);
}, 30_000);

test("a virtual host Envoy refuses is left out, told once, and everything else is served", async () => {
  const { server, rejections, recoveries, xdsPort } = await serve();
  const port = await freePort();
  const many = Array.from({ length: 20 }, (_, index) =>
    virtualHost(table, `host-${index}`, [`host-${index}.test`], "a"),
  );
  server.update(fleet, {
    ...(await backends("a")),
    listener: set(httpListener("http", port, table)),
    route: set(tableHeadResource(table)),
    virtualHost: hosts(...many, virtualHost(table, "copy", ["HOST-7.test"], "a")),
  });
  await envoy(xdsPort);
  await until("the bad host is known", () => rejections.length > 0);
  await until("a good host is served", async () => (await request(port, "host-3.test")).status === 200);
  const [rejection] = rejections;
  expect(rejections).toHaveLength(1);
  expect(rejection).toMatchObject({ fleet, node: "envoy-1", type: "route", name: table });
  expect(["copy", "host-7"]).toContain(rejection?.virtualHost);
  for (const host of many) expect((await request(port, `${host.name}.test`)).status).toBe(200);

  const name = rejection?.virtualHost ?? "";
  server.update(fleet, { virtualHost: hosts(virtualHost(table, name, ["mended.test"], "a")) });
  await until("the mended host is served", async () => (await request(port, "mended.test")).status === 200);
  await until("the recovery is told", () => recoveries.length > 0);
  expect(recoveries).toEqual([rejection]);
}, 30_000);

test("a cluster Envoy refuses does not hold back the others", async () => {
  const { server, rejections, xdsPort } = await serve();
  const port = await freePort();
  const change = await backends("a", "b");
  server.update(fleet, {
    ...change,
    cluster: [...(change.cluster ?? []), ...set(edsCluster("bad", { connectTimeout: "-1s" }))],
    listener: set(httpListener("http", port, table)),
    route: set(tableHeadResource(table)),
    virtualHost: hosts(
      virtualHost(table, "good", ["good.test"], "a"),
      virtualHost(table, "bad", ["bad.test"], "bad"),
      virtualHost(table, "fine", ["fine.test"], "b"),
    ),
  });
  await envoy(xdsPort);
  await until("good is served", async () => (await request(port, "good.test")).status === 200);
  expect((await request(port, "fine.test")).status).toBe(200);
  expect((await request(port, "bad.test")).status).toBe(404);
  expect(rejections).toMatchObject([{ type: "cluster", name: "bad" }]);
}, 30_000);

test("Envoy goes on serving without its control plane, and a new one sends it only what differs", async () => {
  const first = await serve({ port: await freePort() });
  const port = await freePort();
  const change: FleetChange = {
    ...(await backends("a", "b")),
    listener: set(httpListener("http", port, table)),
    route: set(tableHeadResource(table)),
    virtualHost: hosts(virtualHost(table, "shop", ["shop.test"], "a"), virtualHost(table, "cart", ["cart.test"], "b")),
  };
  first.server.update(fleet, change);
  await envoy(first.xdsPort);
  await until("the host is served", async () => (await request(port, "shop.test")).status === 200);
  const watched = watchHost(port, "shop.test");
  await first.server.close();
  await sleep(50);

  const second = await serve({ port: first.xdsPort, hold: true });
  await until("Envoy is back", () => second.server.streams()[0]?.node === "envoy-1");
  expect(second.server.streams()[0]).toMatchObject({ isServed: false });
  second.server.update(fleet, change);
  second.server.update(fleet, { virtualHost: hosts(virtualHost(table, "cart", ["new.test"], "b")) });
  second.server.release();
  await until("the difference is served", async () => (await request(port, "new.test")).status === 200);
  const acknowledged = () =>
    second.server.streams()[0]?.types.flatMap((type) => (type.acknowledged === undefined ? [] : [type.type])) ?? [];
  await until("Envoy has said that it serves it", () => acknowledged().includes("route"));
  expect(acknowledged()).toEqual(["route"]);
  await watched.stop();
  expect(watched.wrong).toEqual([]);
}, 30_000);

/** Fingerprint of the certificate a port shows; empty when there is none. */
function fingerprint(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, servername: "shop.test" }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on("error", () => resolve(""));
  });
}

test.each(protocols)(
  "a certificate comes by SDS and is replaced without touching its listener (%s)",
  async (_, isDelta) => {
    const { server, rejections, xdsPort } = await serve();
    const port = await freePort();
    server.update(fleet, {
      ...(await backends("a")),
      listener: set(httpsListener("https", port, table, "shop")),
      secret: set(tlsSecret("shop", await authority.issue("shop.test"))),
      route: set(tableHeadResource(table)),
      virtualHost: hosts(virtualHost(table, "shop", ["shop.test"], "a")),
    });
    const started = await envoy(xdsPort, isDelta);
    await until("the certificate is shown", async () => (await fingerprint(port)) !== "");
    const first = await fingerprint(port);
    server.update(fleet, { secret: set(tlsSecret("shop", await authority.issue("shop.test"))) });
    await until("the new one is shown", async () => ![first, ""].includes(await fingerprint(port)));
    expect(await started.admin("/stats?filter=listener_modified")).toContain("listener_manager.listener_modified: 0");
    expect(rejections).toEqual([]);
  },
  30_000,
);
