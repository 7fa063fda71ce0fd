import { Client, credentials } from "@grpc/grpc-js";
import { hostWithPort } from "../http/addresses.ts";
import type { Collector, CollectorAddress, Signal } from "./collector.ts";

const methods: Readonly<Record<Signal, string>> = {
  metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
  traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
};

/** OTLP/gRPC, without TLS: the configuration has no place for certificates. */
export function grpcCollector(address: CollectorAddress): Collector {
  const client = new Client(hostWithPort(address.host, address.port), credentials.createInsecure());
  return {
    send: (signal, request) =>
      new Promise((resolve, reject) => {
        const options = { deadline: Date.now() + address.timeoutMs };
        client.makeUnaryRequest(
          methods[signal],
          toBuffer,
          (answer) => answer,
          request,
          options,
          (error) => {
            if (error) reject(new Error(error.details || error.message));
            else resolve();
          },
        );
      }),
    close: () => client.close(),
  };
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
