/** A real gRPC server with reflection. */
import {
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type Metadata,
  Server,
  ServerCredentials,
} from "@grpc/grpc-js";
import { serviceManifest } from "../backend.ts";
import { serviceOf } from "./protos.ts";
import { reflect } from "./reflection.ts";

export interface Question {
  readonly text?: string;
  readonly count?: number;
}

/** Who took a call, and what came with it. */
export interface CallAnswer {
  readonly pod: string;
  readonly text: string;
  readonly authority: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface GrpcBackendOptions {
  /** PEM. With it the server speaks TLS only. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** A running gRPC server. */
export interface GrpcBackend {
  readonly name: string;
  readonly port: number;
  /** Names of the methods that were called, mirrored calls included. */
  readonly received: readonly string[];
  /** Service of the backend's name with port 80 and no word about its protocol, and its EndpointSlice. */
  readonly manifest: string;
  stop(): Promise<void>;
}

interface Arrived {
  getPath(): string;
  getHost(): string;
  readonly metadata: Metadata;
}

/** Starts a server on a free port with the services `yages.Echo`, `test.Calls` and reflection. */
export async function startGrpcBackend(name: string, options: GrpcBackendOptions = {}): Promise<GrpcBackend> {
  const received: string[] = [];
  const answerTo = (call: Arrived, text = ""): CallAnswer => {
    const headers: Record<string, string> = {};
    for (const key of Object.keys(call.metadata.getMap())) headers[key] = call.metadata.get(key).join(",");
    return { pod: name, text, authority: call.getHost(), headers };
  };
  const noted = (call: Arrived): void => void received.push(call.getPath().split("/").pop() ?? "");
  const server = new Server();
  server.addService(serviceOf("grpc.reflection.v1alpha.ServerReflection"), { ServerReflectionInfo: reflect });
  server.addService(serviceOf("yages.Echo"), {
    Ping: unary((call) => {
      noted(call);
      return { text: "pong" };
    }),
    Reverse: unary<{ readonly text: string }, object>((call) => {
      noted(call);
      return { text: [...call.request.text].reverse().join("") };
    }),
  });
  const echo = unary<Question, CallAnswer>((call) => {
    noted(call);
    return answerTo(call, call.request.text);
  });
  const fail: handleUnaryCall<Question, CallAnswer> = (call, callback) => {
    noted(call);
    callback({ code: call.request.count ?? 2, details: "as asked" });
  };
  const count: handleServerStreamingCall<Question, CallAnswer> = (call) => {
    noted(call);
    for (let i = 0; i < (call.request.count ?? 0); i++) call.write(answerTo(call, String(i)));
    call.end();
  };
  const join: handleClientStreamingCall<Question, CallAnswer> = (call, callback) => {
    noted(call);
    const parts: string[] = [];
    call.on("data", ({ text = "" }: Question) => parts.push(text));
    call.on("end", () => callback(null, answerTo(call, parts.join("+"))));
  };
  const chat: handleBidiStreamingCall<Question, CallAnswer> = (call) => {
    noted(call);
    call.on("data", ({ text }: Question) => call.write(answerTo(call, text)));
    call.on("end", () => call.end());
  };
  server.addService(serviceOf("test.Calls"), {
    Echo: echo,
    EchoTwo: echo,
    EchoThree: echo,
    Fail: fail,
    Count: count,
    Join: join,
    Chat: chat,
  });
  const { tls } = options;
  const credentials = tls
    ? ServerCredentials.createSsl(null, [{ cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) }])
    : ServerCredentials.createInsecure();
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return {
    name,
    port,
    received,
    manifest: serviceManifest({ name, endpoints: [{ port }] }),
    async stop() {
      server.forceShutdown();
    },
  };
}

function unary<Request, Response>(
  answer: (call: Parameters<handleUnaryCall<Request, Response>>[0]) => Response,
): handleUnaryCall<Request, Response> {
  return (call, callback) => callback(null, answer(call));
}
