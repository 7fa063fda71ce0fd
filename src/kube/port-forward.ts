import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { Duplex } from "node:stream";
import type { KubeConfig } from "./config.ts";
import { KubeError } from "./error.ts";
import { type BinarySocket, openSocket } from "./port-forward-socket.ts";
import { pathOf } from "./resource.ts";

/** A TCP port in a pod's network namespace; ports that listen on the pod's loopback interface are reached, too. */
export interface PodPort {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

const pods = { group: "", version: "v1", plural: "pods", kind: "Pod", isNamespaced: true } as const;

/**
 * The kubelet's own WebSocket protocol, one connection to the pod for each WebSocket: a message begins with its channel's number, 0
 * for data and 1 for an error's text, and the first one of each channel holds the port's number and nothing else. All kubelets speak
 * it, and API servers hand it through; the newer SPDY in a WebSocket would bring several connections in one, which nobody needs here.
 */
const protocol = "v4.channel.k8s.io";
const channels = { data: 0, error: 1 } as const;
const portBytes = 2;

/**
 * Connects to a port of a pod through the API server. Needs `create` and `get` of `pods/portforward`. Rejects with a {@link KubeError}
 * if the API server refuses; a port on which nothing listens is told by the stream's error. Its end cannot be told to the pod without
 * ending the whole connection.
 */
export async function connectToPod(config: KubeConfig, { namespace, name, port }: PodPort): Promise<Duplex> {
  const path = pathOf(pods, { namespace, name, subresource: "portforward" });
  return new PodConnection(await openSocket(config, { path, query: { ports: port }, protocol }));
}

class PodConnection extends Duplex {
  readonly #socket: BinarySocket;
  /** Channels of which the port's number has come. */
  readonly #begun = new Set<number>();

  constructor(socket: BinarySocket) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    socket.listen({
      onMessage: (message) => this.#take(message),
      onEnd: (error) => {
        if (error) this.destroy(error);
        else this.push(null);
      },
    });
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(piece: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.send(Buffer.concat([Buffer.of(channels.data), piece]), done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.close();
    done(error);
  }

  #take(message: Buffer): void {
    const channel = message[0];
    if (channel === undefined) return;
    let content = message.subarray(1);
    if (!this.#begun.has(channel)) {
      this.#begun.add(channel);
      content = content.subarray(portBytes);
    }
    if (content.length === 0) return;
    if (channel === channels.error) this.destroy(new KubeError(reasonIn(content.toString("utf8")), 0, "PortForward"));
    else if (!this.push(content)) this.#socket.pause();
  }
}

/** Of the kubelet's text, which names each function it went through, the part that says what happened in the pod. */
function reasonIn(text: string): string {
  return /connection refused/.test(text) ? "nothing listens on this port in the pod" : text.trim();
}

/** Ports of this machine that lead into a pod. */
export interface Forwarding {
  readonly port: number;
  close(): void;
}

/**
 * Takes connections on this machine's loopback interface and hands each to the pod.
 *
 * @param localPort 0 takes a free one
 * @param onError is told of a connection that did not reach the pod
 */
export async function forwardPort(
  config: KubeConfig,
  pod: PodPort,
  localPort: number,
  onError: (error: Error) => void,
): Promise<Forwarding> {
  const open = new Set<Duplex>();
  const keep = (stream: Duplex): void => {
    open.add(stream);
    stream.on("close", () => open.delete(stream));
  };
  const server = createServer((local) => {
    keep(local);
    // A browser that goes away is no error worth telling.
    local.on("error", () => local.destroy());
    connectToPod(config, pod).then(
      (remote) => {
        keep(remote);
        remote.on("error", (error) => {
          onError(error);
          local.destroy();
        });
        remote.on("close", () => local.end());
        local.on("close", () => remote.destroy());
        local.pipe(remote).pipe(local);
      },
      (error: Error) => {
        onError(error);
        local.destroy();
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(localPort, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const stream of open) stream.destroy();
    },
  };
}
