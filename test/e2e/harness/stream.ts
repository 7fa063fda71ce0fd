/** Backends and clients that speak no HTTP: lines over TCP and TLS, datagrams over UDP. */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from "node:tls";
import { indent } from "./manifests.ts";

export interface StreamBackendOptions {
  readonly protocol: "TCP" | "UDP";
  readonly namespace?: string;
  /** PEM. With it the backend speaks TLS only. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** A running backend that answers each line, or datagram, with its name, the server name it was asked for and what it got. */
export interface StreamBackend {
  readonly name: string;
  readonly port: number;
  /** Service of the backend's name with port 80, and its EndpointSlice. */
  readonly manifest: string;
  stop(): Promise<void>;
}

/** Starts a backend on a free port. */
export async function startStreamBackend(name: string, options: StreamBackendOptions): Promise<StreamBackend> {
  const { port, stop } = await (options.protocol === "UDP" ? startUdp(name) : startTcp(name, options.tls));
  return { name, port, stop, manifest: streamService(name, port, options) };
}

async function startTcp(name: string, tls: StreamBackendOptions["tls"]) {
  const sockets = new Set<Socket>();
  const accept = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    const serverName = "servername" in socket ? String((socket as TLSSocket).servername || "") : "";
    socket.on("data", (data) => socket.write(`${name}|${serverName}|${data.toString("latin1")}`));
  };
  const server: Server = tls ? createTlsServer(tls, accept) : createServer(accept);
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: portOf(server.address()), stop };
}

async function startUdp(name: string) {
  const socket = createSocket("udp4");
  socket.on("message", (data, { port, address }) => socket.send(`${name}||${data.toString("latin1")}`, port, address));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return { port: socket.address().port, stop: async () => void socket.close() };
}

function portOf(address: ReturnType<Server["address"]>): number {
  return typeof address === "object" && address ? address.port : 0;
}

function streamService(name: string, port: number, { protocol, namespace = "default" }: StreamBackendOptions): string {
  return `---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace} }
spec: { ports: [{ name: s, port: 80, protocol: ${protocol} }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-0, namespace: ${namespace}, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
ports: [{ name: s, port: ${port}, protocol: ${protocol} }]
endpoints: [{ addresses: ["127.0.0.1"] }]
`;
}

/** Who answered, which server name the backend saw, and what it got. */
export interface StreamAnswer {
  readonly pod: string;
  readonly serverName: string;
  readonly text: string;
}

function parse(text: string): StreamAnswer {
  const [pod = "", serverName = "", ...rest] = text.split("|");
  return { pod, serverName, text: rest.join("|") };
}

/** An open connection. */
export interface Connection {
  /** Sends a text and waits for its answer. Rejects when the connection is closed instead. */
  ask(text?: string): Promise<StreamAnswer>;
  /** Whether it is open at both ends. */
  readonly isOpen: boolean;
  close(): void;
}

/** Opens a connection; over TLS when a server name (or `undefined` for none) is given. */
export async function openStream(
  port: number,
  tls?: { readonly serverName: string | undefined },
): Promise<Connection & { readonly certificate: string | undefined }> {
  const socket = tls
    ? connectTls({
        host: "127.0.0.1",
        port,
        rejectUnauthorized: false,
        ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
      })
    : connect(port, "127.0.0.1");
  await once(socket, tls ? "secureConnect" : "connect");
  const state = { isOpen: true };
  socket.on("close", () => {
    state.isOpen = false;
  });
  socket.on("end", () => {
    state.isOpen = false;
  });
  socket.on("error", () => {});
  const certificate = tls ? String((socket as TLSSocket).getPeerCertificate().subject?.["CN"]) : undefined;
  return {
    certificate,
    get isOpen() {
      return state.isOpen;
    },
    close: () => void socket.destroy(),
    ask: (text = "ping") =>
      new Promise((resolve, reject) => {
        const closed = (): void => reject(new Error("closed"));
        socket.once("close", closed);
        socket.once("data", (data) => {
          socket.off("close", closed);
          resolve(parse(data.toString("latin1")));
        });
        socket.write(text);
      }),
  };
}

/** One text over a connection of its own; `closed` when there is no answer because the connection is closed. */
export async function askStream(
  port: number,
  tls?: { readonly serverName: string | undefined },
): Promise<StreamAnswer | "closed"> {
  const connection = await openStream(port, tls).catch(() => undefined);
  if (!connection) return "closed";
  const answer = await connection.ask().catch(() => "closed" as const);
  connection.close();
  return answer;
}

/** A client with a UDP port of its own: Envoy takes all it sends for one session. */
export interface UdpClient {
  /** Sends a datagram and waits for its answer; `silence` when none came in time. */
  ask(text?: string, waitMs?: number): Promise<StreamAnswer | "silence">;
  close(): void;
}

export function openUdp(port: number): UdpClient {
  const socket: UdpSocket = createSocket("udp4");
  return {
    close: () => void socket.close(),
    ask: (text = "ping", waitMs = 2_000) =>
      new Promise((resolve, reject) => {
        const heard = (data: Buffer): void => {
          clearTimeout(timer);
          resolve(parse(data.toString("latin1")));
        };
        const timer = setTimeout(() => {
          socket.off("message", heard);
          resolve("silence");
        }, waitMs);
        socket.once("message", heard);
        socket.send(text, port, "127.0.0.1", (error) => error && reject(error));
      }),
  };
}

/** One datagram from a port of its own. */
export async function askUdp(port: number, waitMs?: number): Promise<StreamAnswer | "silence"> {
  const client = openUdp(port);
  const answer = await client.ask("ping", waitMs);
  client.close();
  return answer;
}

export interface StreamRouteOptions {
  readonly kind: "TLSRoute" | "TCPRoute" | "UDPRoute";
  /** May be `namespace/name`. */
  readonly name: string;
  /** YAML of the list of parentRefs. */
  readonly parents: string;
  readonly hostnames?: readonly string[];
  /** YAML of the list of backendRefs. */
  readonly backends: string;
  readonly created?: string;
}

/** Manifest of a route. */
export function streamRoute({ kind, name, parents, hostnames, backends, created }: StreamRouteOptions): string {
  const [namespace, plain] = name.includes("/") ? name.split("/") : ["default", name];
  return `---
apiVersion: gateway.networking.k8s.io/v1
kind: ${kind}
metadata: { name: ${plain}, namespace: ${namespace}${created ? `, creationTimestamp: "${created}"` : ""} }
spec:
  parentRefs:
${indent(parents, 4)}
${hostnames ? `  hostnames: ${JSON.stringify(hostnames)}\n` : ""}  rules:
  - backendRefs:
${indent(backends, 4)}
`;
}
