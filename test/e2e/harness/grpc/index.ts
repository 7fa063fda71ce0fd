/** gRPC in end-to-end tests: real servers and clients, and GRPCRoutes. */
import { afterAll, beforeAll } from "vitest";
import { httpRoute } from "../manifests.ts";
import { type GrpcBackend, type GrpcBackendOptions, startGrpcBackend } from "./backend.ts";

export type { CallAnswer, GrpcBackend, Question } from "./backend.ts";
export { type CallOptions, type CallResult, GrpcCaller } from "./client.ts";
export { definitions } from "./protos.ts";

/** A gRPC server for the tests of a file. */
export function useGrpcBackend(name: string, options: GrpcBackendOptions = {}): () => GrpcBackend {
  let backend: GrpcBackend | undefined;
  beforeAll(async () => {
    backend = await startGrpcBackend(name, options);
  });
  afterAll(() => backend?.stop());
  return () => {
    if (!backend) throw new Error("only tests and hooks may use it");
    return backend;
  };
}

/** A GRPCRoute of Gateway `eg` for one host name; like `httpRoute`. */
export function grpcRoute(name: string, hostname: string, rules: string, more = ""): string {
  return httpRoute(name, hostname, rules, more).replace("kind: HTTPRoute", "kind: GRPCRoute");
}
