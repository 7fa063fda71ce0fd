import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { startEchoBackend } from "./echo-backend.ts";
import { busyPorts } from "./ports.ts";
import { get } from "./request.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const portOf = (server: { address(): string | AddressInfo | null }) => (server.address() as AddressInfo).port;

test("the echo backend describes the request it got", async () => {
  const server = await startEchoBackend(0, { namespace: "default", pod: "backend" });
  closing.push(() => server.close());
  const answer = await get(portOf(server), "/get?a=1", "www.example.com");
  expect(answer?.status).toBe(200);
  expect(JSON.parse(answer?.body ?? "")).toEqual({
    path: "/get?a=1",
    host: "www.example.com",
    method: "GET",
    proto: "HTTP/1.1",
    headers: { Connection: ["close"] },
    namespace: "default",
    pod: "backend",
  });
});

test("a busy port is named, with its use and with what to do", async () => {
  const server = createSocketServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => server.close());
  const port = portOf(server);
  const sentences = await busyPorts([{ port, use: "for requests", otherwise: "Choose another." }]);
  expect(sentences).toEqual([`Port ${port} (for requests) is in use by another program. Choose another.`]);
});

test("a port that is free is not complained about, twice in a row", async () => {
  const server = createSocketServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server);
  server.close();
  await once(server, "close");
  expect(await busyPorts([{ port, use: "", otherwise: "" }])).toEqual([]);
  expect(await busyPorts([{ port, use: "", otherwise: "" }])).toEqual([]);
});

test("no answer is no error: the gateway may not serve yet", async () => {
  const server = createServer((request) => request.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => server.close());
  expect(await get(portOf(server), "/", "www.example.com")).toBeUndefined();
});
