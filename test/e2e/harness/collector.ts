/** Receivers of telemetry: OTLP and Envoy's access log protocol over gRPC, and Zipkin and Datadog over HTTP, on free ports of this machine. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { fromBinary } from "@bufbuild/protobuf";
import { type Metadata, Server, ServerCredentials } from "@grpc/grpc-js";
import {
  type StreamAccessLogsMessage,
  StreamAccessLogsMessageSchema,
} from "../../../src/gen/envoy/service/accesslog/v3/als_pb.js";
import {
  type ExportLogsServiceRequest,
  ExportLogsServiceRequestSchema,
} from "../../../src/gen/opentelemetry/proto/collector/logs/v1/logs_service_pb.js";
import {
  type ExportMetricsServiceRequest,
  ExportMetricsServiceRequestSchema,
} from "../../../src/gen/opentelemetry/proto/collector/metrics/v1/metrics_service_pb.js";
import {
  type ExportTraceServiceRequest,
  ExportTraceServiceRequestSchema,
} from "../../../src/gen/opentelemetry/proto/collector/trace/v1/trace_service_pb.js";
import type { KeyValue } from "../../../src/gen/opentelemetry/proto/common/v1/common_pb.js";

/** What came, in order. */
export interface Collector {
  readonly grpcPort: number;
  readonly httpPort: number;
  readonly logs: ExportLogsServiceRequest[];
  readonly traces: ExportTraceServiceRequest[];
  readonly metrics: ExportMetricsServiceRequest[];
  readonly accessLogs: StreamAccessLogsMessage[];
  /** Headers of the calls. */
  readonly metadata: Metadata[];
  /** Requests over HTTP. */
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: Buffer }[];
  stop(): void;
}

const raw = (bytes: Buffer): Buffer => bytes;
const method = (path: string, requestStream: boolean) => ({
  path,
  requestStream,
  responseStream: false,
  requestSerialize: raw,
  requestDeserialize: raw,
  responseSerialize: raw,
  responseDeserialize: raw,
});
type Answer = (error: null, bytes: Buffer) => void;

/** Starts all receivers. */
export async function startCollector(): Promise<Collector> {
  const received: Omit<Collector, "grpcPort" | "httpPort" | "stop"> = {
    logs: [],
    traces: [],
    metrics: [],
    accessLogs: [],
    metadata: [],
    requests: [],
  };
  const takers: Readonly<Record<string, (bytes: Buffer) => void>> = {
    "logs.v1.LogsService": (bytes) => received.logs.push(fromBinary(ExportLogsServiceRequestSchema, bytes)),
    "trace.v1.TraceService": (bytes) => received.traces.push(fromBinary(ExportTraceServiceRequestSchema, bytes)),
    "metrics.v1.MetricsService": (bytes) => received.metrics.push(fromBinary(ExportMetricsServiceRequestSchema, bytes)),
  };
  const grpc = new Server();
  for (const [service, take] of Object.entries(takers)) {
    grpc.addService(
      { Export: method(`/opentelemetry.proto.collector.${service}/Export`, false) },
      {
        Export(call: { request: Buffer; metadata: Metadata }, answer: Answer) {
          received.metadata.push(call.metadata);
          take(call.request);
          answer(null, Buffer.alloc(0));
        },
      },
    );
  }
  grpc.addService(
    { StreamAccessLogs: method("/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs", true) },
    {
      StreamAccessLogs(call: NodeJS.EventEmitter, answer: Answer) {
        call.on("data", (bytes: Buffer) => received.accessLogs.push(fromBinary(StreamAccessLogsMessageSchema, bytes)));
        call.on("end", () => answer(null, Buffer.alloc(0)));
        call.on("error", () => undefined);
      },
    },
  );
  const grpcPort = await new Promise<number>((resolve, reject) =>
    grpc.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    ),
  );
  const http = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      received.requests.push({ path: request.url ?? "", headers: request.headers, body: Buffer.concat(parts) });
      response.writeHead(202, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    ...received,
    grpcPort,
    httpPort: (http.address() as AddressInfo).port,
    stop() {
      grpc.forceShutdown();
      http.closeAllConnections();
      http.close();
    },
  };
}

/** Attributes as an object of texts. */
export function attributesOf(attributes: readonly KeyValue[] | undefined): Record<string, string> {
  return Object.fromEntries((attributes ?? []).map(({ key, value }) => [key, String(value?.value.value ?? "")]));
}
