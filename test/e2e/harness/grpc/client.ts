/** A real gRPC client for any service of the tests. */
import {
  type ChannelCredentials,
  type Client,
  type ClientWritableStream,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import type { CallAnswer, Question } from "./backend.ts";
import { clientOf } from "./protos.ts";
import type { ReflectionRequest, ReflectionResponse } from "./reflection.ts";

export interface CallOptions {
  /** Value of `:authority`. */
  readonly authority: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A stream that is open. */
export interface Chat {
  /** Sends a message and waits for the answer to it; rejects when the stream has ended. */
  ask(text: string): Promise<CallAnswer>;
  close(): void;
}

/** How a call ended. */
export interface CallResult {
  /** Name of the status: `OK`, `UNIMPLEMENTED`. */
  readonly status: string;
  /** Messages of the answer. */
  readonly answers: readonly CallAnswer[];
  /** The first of them; empty when there is none. */
  readonly answer: CallAnswer;
  /** Headers of the answer, several values joined with commas. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends calls to one port, each over a connection of its own. */
export class GrpcCaller {
  readonly #port: number;
  readonly #credentials: ChannelCredentials;

  constructor(port: number, channel: ChannelCredentials = credentials.createInsecure()) {
    this.#port = port;
    this.#credentials = channel;
  }

  /** Calls `package.Service/Method` with so many messages; of a method that takes one, the first counts. */
  call(method: string, options: CallOptions, ...questions: readonly Question[]): Promise<CallResult> {
    const [service = "", name = ""] = method.split("/");
    const client = this.#client(service, options);
    const { requestStream, responseStream, path, requestSerialize, responseDeserialize } =
      clientOf(service).service[name] ?? unknownMethod(method);
    const metadata = new Metadata();
    for (const [key, value] of Object.entries(options.metadata ?? {})) metadata.set(key, value);
    const args = [path, requestSerialize, responseDeserialize] as const;
    return new Promise((resolve) => {
      const answers: CallAnswer[] = [];
      let headers: Record<string, string> = {};
      const finish = (error?: ServiceError | null, answer?: CallAnswer): void => {
        client.close();
        if (answer) answers.push(answer);
        const code = status[error?.code ?? status.OK] ?? String(error?.code);
        resolve({ status: code, answers, answer: answers[0] ?? nothing, headers });
      };
      const question = questions[0] ?? {};
      const call = responseStream
        ? requestStream
          ? client.makeBidiStreamRequest(...args, metadata)
          : client.makeServerStreamRequest(...args, question, metadata)
        : requestStream
          ? client.makeClientStreamRequest(...args, metadata, finish)
          : client.makeUnaryRequest(...args, question, metadata, finish);
      call.on("metadata", (got: Metadata) => {
        headers = Object.fromEntries(Object.keys(got.getMap()).map((key) => [key, got.get(key).join(",")]));
      });
      if (responseStream) {
        call.on("data", (answer: CallAnswer) => answers.push(answer));
        call.on("error", finish);
        call.on("end", () => finish());
      }
      if (requestStream) {
        const stream = call as ClientWritableStream<Question>;
        for (const each of questions) stream.write(each);
        stream.end();
      }
    });
  }

  /** Opens a stream both ways that stays open until the test closes it. */
  openChat(options: CallOptions): Chat {
    const client = this.#client("test.Calls", options);
    const { path, requestSerialize, responseDeserialize } =
      clientOf("test.Calls").service["Chat"] ?? unknownMethod("Chat");
    const call = client.makeBidiStreamRequest<Question, CallAnswer>(path, requestSerialize, responseDeserialize);
    let failed: Error | undefined;
    const waiting: ((answer: CallAnswer) => void)[] = [];
    call.on("data", (answer: CallAnswer) => waiting.shift()?.(answer));
    call.on("error", (error: Error) => {
      failed = error;
    });
    return {
      ask: (text) =>
        new Promise((resolve, reject) => {
          if (failed) reject(failed);
          call.once("error", reject);
          waiting.push((answer) => {
            call.off("error", reject);
            resolve(answer);
          });
          call.write({ text });
        }),
      close: () => {
        call.end();
        client.close();
      },
    };
  }

  /** Asks for what the server knows about itself. */
  reflect(request: ReflectionRequest, options: CallOptions): Promise<ReflectionResponse> {
    const client = this.#client("grpc.reflection.v1alpha.ServerReflection", options);
    const { path, requestSerialize, responseDeserialize } =
      clientOf("grpc.reflection.v1alpha.ServerReflection").service["ServerReflectionInfo"] ??
      unknownMethod("reflection");
    return new Promise((resolve, reject) => {
      const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
      call.on("error", reject);
      call.on("data", resolve);
      call.on("end", () => client.close());
      call.write(request);
      call.end();
    });
  }

  #client(service: string, { authority }: CallOptions): Client {
    return new (clientOf(service))(`127.0.0.1:${this.#port}`, this.#credentials, {
      "grpc.default_authority": authority,
      "grpc.ssl_target_name_override": authority,
      "grpc.use_local_subchannel_pool": 1,
      "grpc.enable_retries": 0,
    });
  }
}

const nothing: CallAnswer = { pod: "", text: "", authority: "", headers: {} };

function unknownMethod(method: string): never {
  throw new Error(`there is no method ${method}`);
}
