import { durationMs } from "../../api/duration.ts";
import type { EnvoyGatewayOpenTelemetrySink } from "../../api/v1alpha1/envoygateway/telemetry.ts";
import { hostWithPort } from "../http/addresses.ts";
import type { Collector, CollectorAddress } from "./collector.ts";

/** Makes a collector of a sink; nothing is connected before the first export, and only the transport it needs is loaded then. */
export function createCollector(sink: EnvoyGatewayOpenTelemetrySink): Collector {
  const timeoutMs = durationMs(sink.exportTimeout) ?? 30_000;
  const address: CollectorAddress = { host: sink.host, port: sink.port, timeoutMs };
  let opened: Promise<Collector> | undefined;
  const open = async (): Promise<Collector> =>
    sink.protocol === "grpc"
      ? (await import("./grpc-collector.ts")).grpcCollector(address)
      : (await import("./http-collector.ts")).httpCollector(address);
  return {
    async send(signal, request) {
      opened ??= open();
      await (await opened).send(signal, request);
    },
    close: () => void opened?.then((collector) => collector.close()),
  };
}

/** How a collector is named in messages. */
export function collectorName({ protocol, host, port }: EnvoyGatewayOpenTelemetrySink): string {
  return `${protocol}://${hostWithPort(host, port)}`;
}
