/** Services that decide on requests for external authorization: over gRPC. The HTTP one is any backend. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import {
  type CheckRequest,
  CheckRequestSchema,
  type CheckResponse,
  CheckResponseSchema,
} from "../../../src/gen/envoy/service/auth/v3/external_auth_pb.js";

/** A running authorization service that allows requests whose header `authorization` is `yes`. */
export interface Authorizer {
  readonly port: number;
  readonly checked: readonly CheckRequest[];
  stop(): void;
}

const service = {
  Check: {
    path: "/envoy.service.auth.v3.Authorization/Check",
    requestStream: false,
    responseStream: false,
    requestSerialize: (message: CheckRequest) => Buffer.from(toBinary(CheckRequestSchema, message)),
    requestDeserialize: (bytes: Buffer) => fromBinary(CheckRequestSchema, bytes),
    responseSerialize: (message: CheckResponse) => Buffer.from(toBinary(CheckResponseSchema, message)),
    responseDeserialize: (bytes: Buffer) => fromBinary(CheckResponseSchema, bytes),
  },
} as const;

/** Starts one on a free port. */
export async function startAuthorizer(): Promise<Authorizer> {
  const checked: CheckRequest[] = [];
  const server = new Server();
  server.addService(service, {
    Check(call: { request: CheckRequest }, answer: (error: null, response: CheckResponse) => void) {
      checked.push(call.request);
      const isAllowed = call.request.attributes?.request?.http?.headers["authorization"] === "yes";
      answer(null, isAllowed ? allowed : denied);
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { port, checked, stop: () => server.forceShutdown() };
}

const allowed = create(CheckResponseSchema, {
  status: { code: 0 },
  httpResponse: { case: "okResponse", value: { headers: [{ header: { key: "x-user", value: "jo" } }] } },
});

const denied = create(CheckResponseSchema, {
  status: { code: 7 },
  httpResponse: {
    case: "deniedResponse",
    value: { status: { code: 401 }, body: "who are you?", headers: [{ header: { key: "x-denied", value: "yes" } }] },
  },
});
