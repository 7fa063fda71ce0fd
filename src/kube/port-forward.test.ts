import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import type { KubeConfig } from "./config.ts";
import { connectToPod, forwardPort } from "./port-forward.ts";
import { answerPortForward } from "./testing/pod-ports.ts";

const running: { close(): unknown }[] = [];
afterEach(() => {
  for (const one of running.splice(0)) one.close();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  running.push(server);
  return (server.address() as AddressInfo).port;
}

/** An API server with pod `ns/web`, in which a server listens on port 8080 that answers everything it got, in capitals, at `.`. */
async function cluster(): Promise<{ config: KubeConfig; authorizations: (string | undefined)[] }> {
  const echo = createServer((socket) => {
    let got = "";
    socket.on("error", () => undefined);
    socket.on("data", (piece) => {
      got += piece;
      if (got.endsWith(".")) socket.end(got.toUpperCase());
    });
  });
  const ports = new Map([["ns/web:8080", await listen(echo)]]);
  const authorizations: (string | undefined)[] = [];
  const server = createHttpServer();
  server.on("upgrade", (request, socket) => {
    authorizations.push(request.headers.authorization);
    answerPortForward(ports, request, socket);
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  return { config: { server: url, isInsecure: false, namespace: "default", token: () => "secret" }, authorizations };
}

test("bytes go to the pod's port and come back, also more than a frame or a buffer holds", async () => {
  const { config, authorizations } = await cluster();
  for (const sent of ["hello.", `${"x".repeat(1_000_000)}.`]) {
    const stream = await connectToPod(config, { namespace: "ns", name: "web", port: 8080 });
    stream.write(sent);
    expect((await text(stream)) === sent.toUpperCase()).toBe(true);
  }
  expect(authorizations).toEqual(["Bearer secret", "Bearer secret"]);
});

test("a pod that does not exist is the API server's answer, a port on which nothing listens the stream's error", async () => {
  const { config } = await cluster();
  await expect(connectToPod(config, { namespace: "ns", name: "lost", port: 8080 })).rejects.toMatchObject({
    name: "KubeError",
    status: 404,
    message: expect.stringContaining('pods "lost" not found') as string,
  });
  const stream = await connectToPod(config, { namespace: "ns", name: "web", port: 9 });
  await expect(text(stream)).rejects.toMatchObject({
    name: "KubeError",
    message: "nothing listens on this port in the pod",
  });
});

test("an API server that is away, and one that does not know the protocol, are told", async () => {
  const away = { server: "http://127.0.0.1:1", isInsecure: false, namespace: "default" };
  const pod = { namespace: "ns", name: "web", port: 8080 };
  await expect(connectToPod(away, pod)).rejects.toMatchObject({ reason: "Unreachable", status: 0 });
  const deaf = createHttpServer((_, response) => void response.writeHead(403).end("no upgrades here"));
  const server = `http://127.0.0.1:${await listen(deaf)}`;
  await expect(connectToPod({ ...away, server }, pod)).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining("no upgrades here") as string,
  });
  const liar = createHttpServer();
  liar.on("upgrade", (_, socket) => {
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: x\r\n\r\n",
    );
  });
  const other = `http://127.0.0.1:${await listen(liar)}`;
  await expect(connectToPod({ ...away, server: other }, pod)).rejects.toMatchObject({
    reason: "Unreachable",
    message: expect.stringContaining("speaks no v4.channel.k8s.io") as string,
  });
});

test("a forwarded port takes several connections, tells those that fail, and is closed with all of them", async () => {
  const { config } = await cluster();
  const errors: string[] = [];
  const tell = ({ message }: Error): unknown => errors.push(message);
  const forwarding = await forwardPort(config, { namespace: "ns", name: "web", port: 8080 }, 0, tell);
  const ask = async (port: number, what: string): Promise<string> => {
    const socket = connect(port, "127.0.0.1");
    socket.write(what);
    return text(socket);
  };
  expect(await Promise.all(["a.", "b.", "c."].map((what) => ask(forwarding.port, what)))).toEqual(["A.", "B.", "C."]);
  expect(errors).toEqual([]);
  const waiting = ask(forwarding.port, "unfinished").catch(() => "");
  const broken = await forwardPort(config, { namespace: "ns", name: "web", port: 9 }, 0, tell);
  await ask(broken.port, "a.").catch(() => "");
  expect(errors).toEqual(["nothing listens on this port in the pod"]);
  broken.close();
  forwarding.close();
  expect(await waiting).toBe("");
  await expect(ask(forwarding.port, "d.")).rejects.toThrow("ECONNREFUSED");
});
