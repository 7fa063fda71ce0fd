/** What is sent to a collector. */
export type Signal = "metrics" | "traces";

/** A collector that speaks OTLP. */
export interface Collector {
  /**
   * Sends one encoded export request (`ExportMetricsServiceRequest`, `ExportTraceServiceRequest`). Rejects with an error whose message
   * says why the collector did not take it.
   */
  send(signal: Signal, request: Uint8Array): Promise<void>;
  /** Gives up connections. */
  close(): void;
}

/** A collector as the transports need it. */
export interface CollectorAddress {
  readonly host: string;
  readonly port: number;
  /** Time limit of one export. */
  readonly timeoutMs: number;
}
