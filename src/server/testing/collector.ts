/** A collector for tests: takes OTLP over gRPC and HTTP, on free ports of this machine. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { Server as GrpcServer, type Server, ServerCredentials, status } from "@grpc/grpc-js";
import { ExportMetricsServiceRequestSchema } from "../../gen/opentelemetry/proto/collector/metrics/v1/metrics_service_pb.js";
import { ExportTraceServiceRequestSchema } from "../../gen/opentelemetry/proto/collector/trace/v1/trace_service_pb.js";

type MetricsRequest = MessageShape<typeof ExportMetricsServiceRequestSchema>;
type TraceRequest = MessageShape<typeof ExportTraceServiceRequestSchema>;

export interface TestCollector {
  readonly grpcPort: number;
  readonly httpPort: number;
  readonly metrics: MetricsRequest[];
  readonly traces: TraceRequest[];
  /** While it is set, every request is refused. */
  isRefusing: boolean;
  readonly stop: () => Promise<void>;
}

const raw = (bytes: Buffer): Buffer => bytes;

export async function startCollector(): Promise<TestCollector> {
  const metrics: MetricsRequest[] = [];
  const traces: TraceRequest[] = [];
  const take = (signal: string, bytes: Uint8Array): void => {
    if (signal === "metrics") metrics.push(fromBinary(ExportMetricsServiceRequestSchema, bytes));
    else traces.push(fromBinary(ExportTraceServiceRequestSchema, bytes));
  };
  const isRefusing = (): boolean => collector.isRefusing;
  const grpc = grpcServer(take, isRefusing);
  const grpcPort = await new Promise<number>((resolve, reject) =>
    grpc.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    ),
  );
  const http = httpServer(take, isRefusing).listen(0, "127.0.0.1");
  await new Promise((resolve) => http.once("listening", resolve));
  const collector: TestCollector = {
    grpcPort,
    httpPort: (http.address() as AddressInfo).port,
    metrics,
    traces,
    isRefusing: false,
    async stop() {
      grpc.forceShutdown();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return collector;
}

type Take = (signal: string, bytes: Uint8Array) => void;

function grpcServer(take: Take, isRefusing: () => boolean): Server {
  const server = new GrpcServer();
  for (const [signal, service] of [
    ["metrics", "metrics.v1.MetricsService"],
    ["traces", "trace.v1.TraceService"],
  ] as const) {
    const path = `/opentelemetry.proto.collector.${service}/Export`;
    const method = {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: raw,
      requestDeserialize: raw,
      responseSerialize: raw,
      responseDeserialize: raw,
    };
    server.addService(
      { Export: method },
      {
        Export(call: { request: Buffer }, answer: (error: object | null, bytes?: Buffer) => void) {
          if (isRefusing()) return answer({ code: status.UNAVAILABLE, details: "overloaded" });
          take(signal, call.request);
          answer(null, Buffer.alloc(0));
        },
      },
    );
  }
  return server;
}

function httpServer(take: Take, isRefusing: () => boolean) {
  return createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const signal = /^\/v1\/(metrics|traces)$/.exec(request.url ?? "")?.[1];
      const isProtobuf = request.headers["content-type"] === "application/x-protobuf";
      if (isRefusing()) response.writeHead(503);
      else if (!signal || !isProtobuf || request.method !== "POST") response.writeHead(400);
      else take(signal, Buffer.concat(parts));
      response.end();
    });
  });
}
