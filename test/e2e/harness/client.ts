/** Clients that change nothing of what they are told to send and follow no redirect. */
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2, constants } from "node:http2";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import type { PeerCertificate } from "node:tls";
import type { Echo } from "./backend.ts";

/** How a request is sent. */
export interface RequestOptions {
  /** Value of the `Host` header or of `:authority`; the port is added nowhere. */
  readonly host?: string;
  readonly method?: string;
  /** Several values of a name are sent as several header lines. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  /** Default: 1. Version 2 without TLS is spoken with prior knowledge. */
  readonly version?: 1 | 2;
  /** Over TLS. */
  readonly tls?: {
    /** Absent: no SNI is sent. */
    readonly serverName?: string;
    /** OpenSSL names of the signature algorithms offered, to choose between RSA and ECDSA certificates. */
    readonly signatureAlgorithms?: string;
    /** Certificate of the client with its key, PEM. */
    readonly certificate?: { readonly cert: string; readonly key: string };
  };
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** Several lines of one header in order. */
  header(name: string): readonly string[];
  readonly body: string;
  /** The body as a backend's answer; fails when it is none. */
  readonly echo: Echo;
  readonly trailers: Readonly<Record<string, string>>;
  /** Certificate of the server. */
  readonly certificate: PeerCertificate | undefined;
}

/** Sends one request over a connection of its own. Rejects when the connection fails. */
export function send(port: number, path: string, options: RequestOptions = {}): Promise<Answer> {
  return options.version === 2 ? sendHttp2(port, path, options) : sendHttp1(port, path, options);
}

function sendHttp1(port: number, path: string, options: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const common = {
      host: "127.0.0.1",
      port,
      path,
      method: options.method ?? "GET",
      headers: { ...hostHeader(options), ...copyHeaders(options) },
      agent: false as const,
    };
    const sent = options.tls ? httpsRequest({ ...common, ...tlsOptions(options) }) : httpRequest(common);
    sent.on("error", reject);
    sent.on("response", (response) => {
      const { socket } = response;
      const certificate = "getPeerCertificate" in socket ? peerOf(socket) : undefined;
      collect(response)
        .then((body) => resolve(answerOf(response.statusCode ?? 0, response, body, certificate)))
        .catch(reject);
    });
    sent.end(options.body);
  });
}

const peerOf = (socket: Socket): PeerCertificate =>
  (socket as Socket & { getPeerCertificate(): PeerCertificate }).getPeerCertificate();

const hostHeader = ({ host }: RequestOptions): OutgoingHttpHeaders => (host === undefined ? {} : { host });

function copyHeaders({ headers, body }: RequestOptions): OutgoingHttpHeaders {
  const copied: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers ?? {}))
    copied[name] = typeof value === "string" ? value : [...value];
  return body === undefined ? copied : { "content-length": Buffer.byteLength(body), ...copied };
}

function tlsOptions({ tls }: RequestOptions): object {
  return {
    rejectUnauthorized: false,
    servername: tls?.serverName ?? "",
    ...(tls?.signatureAlgorithms ? { sigalgs: tls.signatureAlgorithms } : {}),
    ...tls?.certificate,
  };
}

/** A connection over which several HTTP/2 requests are sent; `send` opens one for each. */
export function openHttp2(port: number, options: Pick<RequestOptions, "tls"> = {}): ClientHttp2Session {
  const session = connectHttp2(`${options.tls ? "https" : "http"}://127.0.0.1:${port}`, {
    ...(options.tls ? { ...tlsOptions(options), ALPNProtocols: ["h2"] } : {}),
  });
  session.on("error", () => undefined);
  return session;
}

function sendHttp2(port: number, path: string, options: RequestOptions): Promise<Answer> {
  const session = openHttp2(port, options);
  return sendOver(session, path, options).finally(() => session.close());
}

/** Sends one request over an open HTTP/2 connection. */
export function sendOver(session: ClientHttp2Session, path: string, options: RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: options.method ?? "GET",
      [constants.HTTP2_HEADER_PATH]: path,
      [constants.HTTP2_HEADER_SCHEME]: options.tls ? "https" : "http",
      [constants.HTTP2_HEADER_AUTHORITY]: options.host ?? "127.0.0.1",
      ...copyHeaders(options),
    });
    session.once("error", reject);
    stream.once("error", reject);
    let trailers: Record<string, string> = {};
    stream.once("trailers", (received) => {
      trailers = Object.fromEntries(Object.entries(received).map(([name, value]) => [name, String(value)]));
    });
    stream.once("response", (headers) => {
      const certificate =
        session.socket && "getPeerCertificate" in session.socket ? peerOf(session.socket as Socket) : undefined;
      const parts: Buffer[] = [];
      stream.on("data", (part: Buffer) => parts.push(part));
      stream.once("end", () => {
        const plain = { headers: headers as IncomingMessage["headers"], rawHeaders: [] };
        const body = Buffer.concat(parts);
        resolve(answerOf(Number(headers[":status"]), plain, body, certificate, trailers));
      });
    });
    stream.end(options.body);
  });
}

async function collect(response: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function answerOf(
  status: number,
  { headers, rawHeaders }: Pick<IncomingMessage, "headers" | "rawHeaders">,
  body: Buffer,
  certificate: PeerCertificate | undefined,
  trailers: Readonly<Record<string, string>> = {},
): Answer {
  const text = body.toString();
  return {
    status,
    headers,
    header(name) {
      const lines = rawHeaders.flatMap((raw, i) =>
        i % 2 === 0 && raw.toLowerCase() === name ? (rawHeaders[i + 1] ?? []) : [],
      );
      return lines.length > 0 ? lines : [headers[name] ?? []].flat();
    },
    body: text,
    get echo(): Echo {
      try {
        return JSON.parse(text);
      } catch {
        throw new Error(`no backend's answer, but status ${status} with body ${JSON.stringify(text)}`);
      }
    },
    trailers,
    certificate,
  };
}

/** An accepted upgrade. */
export interface WebSocket {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** What the server sent so far. */
  readonly text: () => string;
  readonly socket: Socket;
}

/** Asks for an upgrade to WebSocket. What is sent over the socket is not framed: the backend sends it back as it is. */
export function upgrade(port: number, path: string, options: RequestOptions = {}): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({
      host: "127.0.0.1",
      port,
      path,
      agent: false,
      headers: {
        ...hostHeader(options),
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        ...copyHeaders(options),
      },
    });
    sent.on("error", reject);
    sent.on("response", (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text: () => "", socket: response.socket });
    });
    sent.on("upgrade", (response, socket, head) => {
      let text = head.toString();
      socket.on("data", (part: Buffer) => {
        text += part.toString();
      });
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text: () => text, socket });
    });
    sent.end();
  });
}
