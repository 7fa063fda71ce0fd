import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { countConnections, type DrainOptions, drainPod } from "./drain-pod.ts";
import { createShutdownServer } from "./shutdown-server.ts";

let directory = "";
let readyFile = "";
const servers: Server[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "shutdown-"));
  readyFile = join(directory, "ready");
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(directory, { recursive: true });
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An Envoy whose number of connections is the next of `counts` each time it is asked; the last one stays. */
async function envoy(counts: number[]): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = [];
  const address = await listen(
    createServer((request, response) => {
      asked.push(`${request.method} ${request.url?.replace(/\?filter.*/, "")}`);
      const count = counts.length > 1 ? counts.shift() : counts[0];
      response.end(request.method === "GET" ? `listener.0.0.0.0_10080.downstream_cx_active: ${count}\n` : "OK\n");
    }),
  );
  return { address, asked };
}

function options(adminAddress: string, more: Partial<DrainOptions> = {}): DrainOptions {
  const times = {
    drainTimeoutMs: 60_000,
    minDrainMs: 0,
    exitAtConnections: 0,
    healthCheckFailureDelayMs: 0,
    pollMs: 5,
  };
  return { adminAddress, readyFile, log: () => undefined, ...times, ...more };
}

test("an Envoy fails its health checks first, and is drained when no connection is left", async () => {
  const { address, asked } = await envoy([2, 1, 0]);
  await drainPod(options(address));
  expect(asked).toEqual(["POST /healthcheck/fail", "GET /stats", "GET /stats", "GET /stats"].slice(0, asked.length));
  expect(asked.length).toBeGreaterThan(2);
  expect(existsSync(readyFile)).toBe(true);
});

test("with a delay, listeners drain before health checks fail", async () => {
  const { address, asked } = await envoy([0]);
  await drainPod(options(address, { healthCheckFailureDelayMs: 5 }));
  expect(asked.slice(0, 2)).toEqual(["POST /drain_listeners?graceful&skip_exit", "POST /healthcheck/fail"]);
});

test("connections that stay are left behind after the timeout", async () => {
  const { address } = await envoy([7]);
  const lines: string[] = [];
  await drainPod(options(address, { drainTimeoutMs: 20, log: (line) => void lines.push(line) }));
  expect(lines.at(-1)).toBe("the drain timeout is over, 7 connections are open");
  expect(existsSync(readyFile)).toBe(true);
});

test("an Envoy that is gone is waited for no longer than the timeout", async () => {
  await drainPod(options("127.0.0.1:1", { drainTimeoutMs: 10 }));
  expect(existsSync(readyFile)).toBe(true);
});

test("connections of probes, metrics and admin do not count, nor do those of single workers", () => {
  const stats = `listener.0.0.0.0_10080.downstream_cx_active: 3
listener.0.0.0.0_10080.worker_0.downstream_cx_active: 3
listener.[__]_10443.downstream_cx_active: 4
listener.0.0.0.0_19001.downstream_cx_active: 1
listener.0.0.0.0_19003.downstream_cx_active: 1
listener.admin.downstream_cx_active: 1
listener.tcp-administration.downstream_cx_active: 2
http.http-10080.downstream_cx_active: 9
`;
  expect(countConnections(stats)).toBe(9);
});

test("the hook is answered when the drain is over", async () => {
  const address = await listen(createShutdownServer({ readyTimeoutMs: 60_000, readyFile, pollMs: 5 }));
  expect((await fetch(`http://${address}/healthz`)).status).toBe(200);
  let isAnswered = false;
  const hook = fetch(`http://${address}/shutdown/ready`).then(({ status }) => {
    isAnswered = true;
    return status;
  });
  await fetch(`http://${address}/healthz`);
  expect(isAnswered).toBe(false);
  writeFileSync(readyFile, "");
  expect(await hook).toBe(200);
});

test("the hook fails when the drain does not end in time", async () => {
  const address = await listen(createShutdownServer({ readyTimeoutMs: 10, readyFile, pollMs: 5 }));
  expect((await fetch(`http://${address}/shutdown/ready`)).status).toBe(500);
});
