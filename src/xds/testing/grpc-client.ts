import { Client, type ClientDuplexStream, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { type ResourceType, typeUrls } from "../resource-types.ts";
import { FieldReader, Parts } from "../wire.ts";
import { decodeResponse, type ReceivedResponse } from "./model-resources.ts";

/** What a test request says; everything is optional, right or wrong. */
export interface TestRequest {
  readonly node?: { readonly id: string; readonly cluster: string; readonly metadata?: Uint8Array };
  readonly typeUrl?: string;
  readonly nonce?: string;
  readonly error?: string;
  readonly names?: readonly string[];
  readonly unsubscribed?: readonly string[];
  readonly initialVersions?: Readonly<Record<string, string>>;
}

/** One stream of a discovery client that does exactly what a test tells it. */
export class TestStream {
  readonly responses: ReceivedResponse[] = [];
  readonly #client: Client;
  readonly #call: ClientDuplexStream<Buffer, Buffer>;
  readonly #isDelta: boolean;
  /** Resolves with the error the stream ended with; `undefined` for a plain end. */
  readonly ended: Promise<ServiceError | undefined>;

  constructor(
    port: number,
    options: { readonly path?: string; readonly isReading?: boolean; readonly token?: string } = {},
  ) {
    const path = options.path ?? "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";
    this.#isDelta = path.includes("/Delta");
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.max_receive_message_length": -1,
    });
    const metadata = new Metadata();
    if (options.token !== undefined) metadata.set("authorization", `Bearer ${options.token}`);
    this.#call = this.#client.makeBidiStreamRequest(path, identity, identity, metadata);
    if (options.isReading !== false) this.read();
    this.ended = new Promise((resolve) => {
      this.#call.on("error", resolve);
      this.#call.on("end", () => resolve(undefined));
    });
  }

  read(): void {
    this.#call.on("data", (message: Buffer) => {
      this.responses.push(decodeResponse(new FieldReader(message), this.#isDelta));
    });
  }

  send(request: TestRequest): void {
    this.raw(this.#isDelta ? deltaRequest(request) : sotwRequest(request));
  }

  /** Subscribes to a type; as the first request of the stream with a node. */
  subscribe(type: ResourceType, request: TestRequest = {}): void {
    this.send({ typeUrl: typeUrls[type], ...request });
  }

  /** Acknowledges the newest response of a type. */
  acknowledge(type: ResourceType, request: TestRequest = {}): void {
    const nonce = this.of(type).at(-1)?.nonce ?? "";
    this.send({ typeUrl: typeUrls[type], nonce, ...request });
  }

  raw(message: Uint8Array): void {
    this.#call.write(Buffer.from(message));
  }

  /** Responses of one type. */
  of(type: ResourceType): readonly ReceivedResponse[] {
    return this.responses.filter((response) => response.typeUrl === typeUrls[type]);
  }

  close(): void {
    this.#call.on("error", () => undefined);
    this.#call.cancel();
    this.#client.close();
  }
}

function deltaRequest(request: TestRequest): Uint8Array {
  const parts = new Parts();
  if (request.node !== undefined) parts.message(1, nodeOf(request.node));
  parts.bytes(2, request.typeUrl ?? "");
  for (const name of request.names ?? []) parts.element(3, name);
  for (const name of request.unsubscribed ?? []) parts.element(4, name);
  for (const [name, version] of Object.entries(request.initialVersions ?? {})) {
    parts.message(5, new Parts().bytes(1, name).bytes(2, version));
  }
  parts.bytes(6, request.nonce ?? "");
  if (request.error !== undefined) parts.message(7, new Parts().bytes(2, request.error));
  return parts.join();
}

function sotwRequest(request: TestRequest): Uint8Array {
  const parts = new Parts();
  if (request.node !== undefined) parts.message(2, nodeOf(request.node));
  for (const name of request.names ?? []) parts.element(3, name);
  parts.bytes(4, request.typeUrl ?? "").bytes(5, request.nonce ?? "");
  if (request.error !== undefined) parts.message(6, new Parts().bytes(2, request.error));
  return parts.join();
}

function nodeOf(node: NonNullable<TestRequest["node"]>): Parts {
  return new Parts()
    .bytes(1, node.id)
    .bytes(2, node.cluster)
    .bytes(3, node.metadata ?? "");
}

function identity(bytes: Buffer): Buffer {
  return bytes;
}
