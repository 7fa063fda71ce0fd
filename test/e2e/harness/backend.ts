/** A backend that tells in JSON what it got, like the echo server of the Gateway API's own tests. */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from "node:tls";

/** A request as a backend got it. */
export interface Echo {
  readonly path: string;
  readonly host: string;
  readonly method: string;
  /** `HTTP/1.1` or `HTTP/2.0`. */
  readonly proto: string;
  /** Names in lower case; several values of one name in order. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly namespace: string;
  /** Name of the backend. */
  readonly pod: string;
  readonly body: string;
  /** What a backend that speaks TLS saw of the handshake. */
  readonly tls?: {
    /** Server name it was asked for; empty if none. */
    readonly serverName: string;
    /** Common name of the client's certificate; absent if it showed none. */
    readonly client?: string;
  };
}

/** What a backend shall do with a request, as JSON in its header `x-echo`. */
export interface EchoOrder {
  /** Default: 200. */
  readonly status?: number;
  /** Waits before it answers. */
  readonly delayMs?: number;
  /** Cuts the connection instead of an answer. */
  readonly reset?: boolean;
  /** Headers of the answer. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** The order holds for this many requests with the same `id` only; later ones are answered as usual. */
  readonly times?: number;
  readonly id?: string;
}

export interface BackendOptions {
  readonly namespace?: string;
  /** PEM. With it the backend speaks TLS only, and with `clientCa` only with clients that have a certificate of that authority. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
  /** Path of a Unix socket to listen on instead of a port. */
  readonly socket?: string;
}

/** A running backend. */
export interface Backend {
  readonly name: string;
  readonly namespace: string;
  /** 0 on a Unix socket. */
  readonly port: number;
  /** Every request so far, mirrored ones and those it did not answer included. */
  readonly received: readonly Echo[];
  /** Connections accepted so far. */
  readonly connections: number;
  /** Service of the backend's name with port 80, and its EndpointSlice. */
  readonly manifest: string;
  /** Cuts all connections; new ones are welcome. */
  hangUp(): void;
  stop(): Promise<void>;
}

type AnyRequest = IncomingMessage | Http2ServerRequest;
type AnyResponse = ServerResponse | Http2ServerResponse;

/** Starts a backend on a free port: HTTP/1.1 with WebSocket upgrade, HTTP/2 without TLS, and gRPC. */
export async function startBackend(name: string, options: BackendOptions = {}): Promise<Backend> {
  const namespace = options.namespace ?? "default";
  const received: Echo[] = [];
  const seen = new Map<string, number>();
  const sockets = new Set<Socket>();
  const counter = { connections: 0 };
  const answer = (request: AnyRequest, response: AnyResponse): void =>
    void echo(request, response, { name, namespace, received, seen });
  const http = createHttpServer(answer);
  const http2 = createHttp2Server(answer);
  http.on("upgrade", (request: IncomingMessage, socket: Socket) => {
    received.push(describe(request, "", { name, namespace }));
    const head = ["HTTP/1.1 101 Switching Protocols", "upgrade: websocket", "connection: Upgrade", `x-pod: ${name}`];
    socket.write(`${head.join("\r\n")}\r\n\r\n${request.url}\n`);
    socket.on("error", () => socket.destroy());
    socket.pipe(socket);
  });
  const accept = (socket: Socket): void => {
    counter.connections++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.once("data", (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      (first.toString("latin1", 0, 3) === "PRI" ? http2 : http).emit("connection", socket);
      process.nextTick(() => socket.resume());
    });
  };
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = options.tls
    ? createTlsServer({ ...tlsOptions(options.tls), ALPNProtocols: ["h2", "http/1.1"] }, accept)
    : createServer(accept);
  await listen(server, options.socket);
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    name,
    namespace,
    port,
    received,
    get connections() {
      return counter.connections;
    },
    manifest: serviceManifest({ name, namespace, endpoints: [{ port }] }),
    hangUp,
    async stop() {
      hangUp();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function tlsOptions({ cert, key, clientCa }: NonNullable<BackendOptions["tls"]>): TlsOptions {
  return {
    cert,
    key,
    requestCert: true,
    rejectUnauthorized: clientCa !== undefined,
    ...(clientCa ? { ca: clientCa } : {}),
  };
}

/** A Service with port 80, and an EndpointSlice for each endpoint, all of them on this machine. */
export function serviceManifest(service: {
  readonly name: string;
  readonly namespace?: string;
  readonly appProtocol?: string;
  readonly endpoints: readonly { readonly port: number; readonly conditions?: string; readonly address?: string }[];
}): string {
  const { name, namespace = "default", appProtocol, endpoints } = service;
  const slices = endpoints.map(
    ({ port, conditions = "{}", address = "127.0.0.1" }, i) => `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-${i}, namespace: ${namespace}, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
ports: [{ name: http, port: ${port} }]
endpoints: [{ addresses: ["${address}"], conditions: ${conditions} }]
`,
  );
  return `---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  ports: [{ name: http, port: 80${appProtocol ? `, appProtocol: ${appProtocol}` : ""} }]
${slices.join("")}`;
}

function listen(server: Server, socket: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    if (socket) server.listen(socket, resolve);
    else server.listen(0, "127.0.0.1", resolve);
  });
}

interface EchoState {
  readonly name: string;
  readonly namespace: string;
  readonly received: Echo[];
  readonly seen: Map<string, number>;
}

async function echo(request: AnyRequest, response: AnyResponse, state: EchoState): Promise<void> {
  const body = await readBody(request).catch(() => undefined);
  if (body === undefined) return;
  const described = describe(request, body, state);
  state.received.push(described);
  const order = orderOf(request, state.seen);
  if (order.delayMs) await sleep(order.delayMs);
  if (order.reset) {
    if ("stream" in request) request.stream.close(2);
    else request.socket.destroy();
    return;
  }
  if (request.headers["content-type"]?.startsWith("application/grpc")) return answerGrpc(response, described);
  for (const [header, value] of Object.entries(order.headers ?? {})) {
    response.setHeader(header, typeof value === "string" ? value : [...value]);
  }
  response.setHeader("server", "echo");
  response.setHeader("content-type", "application/json");
  response.statusCode = order.status ?? 200;
  (response as ServerResponse).end(JSON.stringify(described));
}

function answerGrpc(response: AnyResponse, described: Echo): void {
  const payload = Buffer.from(JSON.stringify(described));
  const frame = Buffer.alloc(5 + payload.length);
  frame.writeUInt32BE(payload.length, 1);
  payload.copy(frame, 5);
  response.setHeader("content-type", "application/grpc");
  if ("stream" in response) response.setHeader("trailer", "grpc-status");
  (response as ServerResponse).write(frame);
  (response as ServerResponse).addTrailers({ "grpc-status": "0" });
  (response as ServerResponse).end();
}

function orderOf(request: AnyRequest, seen: Map<string, number>): EchoOrder {
  const text = request.headers["x-echo"];
  if (typeof text !== "string") return {};
  const order: EchoOrder = JSON.parse(text);
  if (order.times === undefined) return order;
  const count = (seen.get(order.id ?? "") ?? 0) + 1;
  seen.set(order.id ?? "", count);
  return count <= order.times ? order : {};
}

async function readBody(request: AnyRequest): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

function describe(
  request: AnyRequest,
  body: string,
  { name, namespace }: { readonly name: string; readonly namespace: string },
): Echo {
  const headers: Record<string, string[]> = {};
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    const header = (request.rawHeaders[i] ?? "").toLowerCase();
    headers[header] = [...(headers[header] ?? []), request.rawHeaders[i + 1] ?? ""];
  }
  return {
    path: request.url ?? "",
    host: headers[":authority"]?.[0] ?? request.headers.host ?? "",
    method: request.method ?? "",
    proto: `HTTP/${request.httpVersion}`,
    headers,
    namespace,
    pod: name,
    body,
    ...handshakeOf("stream" in request ? request.stream.session?.socket : request.socket),
  };
}

/** The socket of an HTTP/2 session is a stand-in that answers only when it is asked. */
function handshakeOf(socket: Socket | undefined): Pick<Echo, "tls"> {
  const { getPeerCertificate, servername } = (socket ?? {}) as Partial<TLSSocket> & { servername?: string | false };
  if (typeof getPeerCertificate !== "function") return {};
  const client: unknown = getPeerCertificate.call(socket)?.subject?.CN;
  return { tls: { serverName: servername || "", ...(typeof client === "string" ? { client } : {}) } };
}
