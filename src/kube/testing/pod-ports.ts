import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";

/** Ports of this machine that play those of pods, by `namespace/name:port`. */
export type PodPorts = ReadonlyMap<string, number>;

const path = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/portforward$/;
const acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/**
 * Plays API server and kubelet for port forwarding by `v4.channel.k8s.io`, for an HTTP server's `upgrade` event. A port that is not
 * in the map is one on which nothing listens; a pod without any port does not exist.
 */
export function answerPortForward(ports: PodPorts, request: IncomingMessage, socket: Duplex): void {
  const url = new URL(request.url ?? "/", "http://test");
  const [, namespace = "", name = ""] = path.exec(url.pathname) ?? [];
  const { "sec-websocket-key": key = "", "sec-websocket-protocol": protocol } = request.headers;
  const pod = `${namespace}/${name}:`;
  if (protocol !== "v4.channel.k8s.io") {
    refuse(socket, 403, "");
    return;
  }
  if (![...ports.keys()].some((port) => port.startsWith(pod))) {
    refuse(socket, 404, JSON.stringify({ reason: "NotFound", message: `pods "${name}" not found` }));
    return;
  }
  const accept = createHash("sha1")
    .update(key + acceptSuffix)
    .digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\nsec-websocket-protocol: ${protocol}\r\n\r\n`,
  );
  const port = Number(url.searchParams.get("ports"));
  for (const channel of [0, 1]) socket.write(serverFrame(0x2, Buffer.of(channel, port & 0xff, port >> 8)));
  forward(socket, ports.get(pod + port), port);
}

function refuse(socket: Duplex, status: number, body: string): void {
  // A socket that nobody reads does not notice its end.
  socket.resume();
  socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`);
}

function forward(socket: Duplex, localPort: number | undefined, port: number): void {
  const fail = (): void => {
    const text = `error forwarding port ${port}: dial tcp4 127.0.0.1:${port}: connect: connection refused`;
    socket.write(serverFrame(0x2, Buffer.concat([Buffer.of(1), Buffer.from(text)])));
    socket.end(serverFrame(0x8, Buffer.alloc(0)));
    socket.resume();
  };
  if (localPort === undefined) {
    fail();
    return;
  }
  const pod = connect(localPort, "127.0.0.1");
  pod.on("error", fail);
  pod.on("data", (piece) => socket.write(serverFrame(0x2, Buffer.concat([Buffer.of(0), piece]))));
  pod.on("end", () => socket.end(serverFrame(0x8, Buffer.alloc(0))));
  socket.on("error", () => pod.destroy());
  socket.on("close", () => pod.destroy());
  let rest: Buffer = Buffer.alloc(0);
  socket.on("data", (piece: Buffer) => {
    rest = Buffer.concat([rest, piece]);
    for (let frame = clientFrame(rest); frame; frame = clientFrame(rest)) {
      rest = rest.subarray(frame.size);
      if (frame.opcode === 0x8) pod.end();
      if (frame.opcode === 0x2 && frame.payload[0] === 0) pod.write(frame.payload.subarray(1));
    }
  });
}

/** A frame as servers send them: not masked. */
export function serverFrame(opcode: number, payload: Buffer, isFinal = true): Buffer {
  const { length } = payload;
  const first = (isFinal ? 0x80 : 0) | opcode;
  if (length < 126) return Buffer.concat([Buffer.of(first, length), payload]);
  const head = Buffer.alloc(length < 0x1_0000 ? 4 : 10);
  head[0] = first;
  head[1] = length < 0x1_0000 ? 126 : 127;
  if (length < 0x1_0000) head.writeUInt16BE(length, 2);
  else head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}

/** The first frame of what a client sent, without its mask; nothing if it is not whole. Throws if it is not masked. */
export function clientFrame(
  bytes: Buffer,
): { readonly opcode: number; readonly payload: Buffer; readonly size: number } | undefined {
  const marker = (bytes[1] ?? 0) & 0x7f;
  const start = marker === 127 ? 10 : marker === 126 ? 4 : 2;
  if (bytes.length < start + 4) return undefined;
  if (((bytes[1] ?? 0) & 0x80) === 0) throw new Error("a client's frame must be masked");
  const length = marker === 127 ? Number(bytes.readBigUInt64BE(2)) : marker === 126 ? bytes.readUInt16BE(2) : marker;
  const size = start + 4 + length;
  if (bytes.length < size) return undefined;
  const mask = bytes.subarray(start, start + 4);
  const payload = Buffer.from(bytes.subarray(start + 4, size).map((byte, i) => byte ^ (mask[i % 4] ?? 0)));
  return { opcode: (bytes[0] ?? 0) & 0x0f, payload, size };
}
