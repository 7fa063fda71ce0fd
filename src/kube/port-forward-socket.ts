import { createHash, randomBytes } from "node:crypto";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import type { KubeConfig } from "./config.ts";
import { identityHeaders, tlsOptions, urlOf } from "./connection.ts";
import { errorOf, KubeError } from "./error.ts";
import { encodeFrame, FrameReader, opcodes } from "./port-forward-frames.ts";

/** A WebSocket to open. */
export interface SocketRequest {
  /** From the server's root. */
  readonly path: string;
  readonly query: Readonly<Record<string, string | number>>;
  /** The subprotocol, which the server has to take. */
  readonly protocol: string;
}

/** The server must answer within this time, in milliseconds. */
const handshakeMs = 10_000;
/** Key and this, hashed, are what the server must answer (RFC 6455, section 1.3). */
const acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/**
 * Opens a WebSocket on the API server. Node.js' own WebSocket takes neither client certificates nor authorities, without which few
 * API servers are reached. Rejects with a {@link KubeError}.
 */
export function openSocket(config: KubeConfig, { path, query, protocol }: SocketRequest): Promise<BinarySocket> {
  const what = `GET ${path}`;
  const url = urlOf(config, path, query);
  const key = randomBytes(16).toString("base64");
  return new Promise((resolve, reject) => {
    const fail = (reason: string, cause?: unknown): void =>
      reject(new KubeError(`${what}: the API server cannot be reached: ${reason}`, 0, "Unreachable", undefined, cause));
    const send = url.protocol === "http:" ? httpRequest : httpsRequest;
    const call = send(url, {
      // Connections that are kept for other requests are not to be given away.
      agent: false,
      timeout: handshakeMs,
      ...(url.protocol === "https:" && tlsOptions(config)),
      headers: {
        ...identityHeaders(config),
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": key,
        "sec-websocket-protocol": protocol,
      },
    });
    call.on("timeout", () => call.destroy(new Error(`no answer within ${handshakeMs / 1_000} s`)));
    call.on("error", (error) => fail(error.message, error));
    call.on("response", (response) => void refusal(what, response).then(reject, reject));
    call.on("upgrade", (response, socket, head) => {
      socket.setTimeout(0);
      const accept = createHash("sha1")
        .update(key + acceptSuffix)
        .digest("base64");
      const { headers } = response;
      if (headers["sec-websocket-accept"] === accept && headers["sec-websocket-protocol"] === protocol)
        return resolve(new BinarySocket(socket, head));
      socket.destroy();
      fail(`what answers speaks no ${protocol}`);
    });
    call.end();
  });
}

async function refusal(what: string, response: IncomingMessage): Promise<KubeError> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return errorOf(what, response.statusCode ?? 0, Buffer.concat(parts).toString("utf8"));
}

/** What is told of a {@link BinarySocket}. */
export interface SocketListener {
  onMessage(message: Buffer): void;
  /** Called once, without an error if the server ended it. */
  onEnd(error?: Error): void;
}

/** A WebSocket of binary messages. */
export class BinarySocket {
  readonly #socket: Duplex;
  readonly #head: Buffer;
  readonly #reader = new FrameReader();
  /** Pieces of a message that has not ended. */
  #pieces: Buffer[] = [];
  #listener: SocketListener | undefined;

  constructor(socket: Duplex, head: Buffer) {
    this.#socket = socket;
    this.#head = head;
  }

  /** Begins to read; nothing is lost that came before. */
  listen(listener: SocketListener): void {
    this.#listener = listener;
    this.#socket.on("error", (error) => this.#end(error));
    this.#socket.on("close", () => this.#end());
    this.#socket.on("data", (piece: Buffer) => this.#take(piece));
    if (this.#head.length > 0) this.#take(this.#head);
  }

  /** Sends one message; `done` is called when more may follow. */
  send(message: Uint8Array, done: (error?: Error | null) => void): void {
    this.#socket.write(encodeFrame(opcodes.binary, message, randomBytes(4)), done);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends it from this side; the listener is told no more. */
  close(): void {
    this.#listener = undefined;
    if (this.#socket.destroyed) return;
    const normal = Buffer.from([0x03, 0xe8]);
    this.#socket.end(encodeFrame(opcodes.close, normal, randomBytes(4)), () => this.#socket.destroy());
  }

  #end(error?: Error): void {
    const listener = this.#listener;
    this.#listener = undefined;
    this.#socket.destroy();
    listener?.onEnd(error);
  }

  #take(piece: Buffer): void {
    try {
      for (const { opcode, isFinal, payload } of this.#reader.push(piece)) {
        if (opcode === opcodes.close) {
          this.#end();
          return;
        }
        if (opcode === opcodes.ping) this.#socket.write(encodeFrame(opcodes.pong, payload, randomBytes(4)));
        if (opcode > opcodes.binary) continue;
        this.#pieces.push(payload);
        if (!isFinal) continue;
        const message = this.#pieces.length === 1 ? payload : Buffer.concat(this.#pieces);
        this.#pieces = [];
        this.#listener?.onMessage(message);
      }
    } catch (error) {
      this.#end(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
