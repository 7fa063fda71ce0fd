import type { Authorize } from "./admission.ts";
import type { TlsFiles, TlsMaterial } from "./credentials.ts";
import type { Rejection } from "./rejection.ts";
import type { ResourceType } from "./resource-types.ts";

/** Counters the server reports to; each call is one event. */
export interface XdsMetrics {
  /** A fleet's resources changed (`xds_snapshot_update_total`). */
  snapshotUpdated?(fleet: string): void;
  /** An Envoy refused a response (`xds_nack_total`). */
  nack?(nodeId: string, typeUrl: string): void;
  /** A stream ended after so many seconds (`xds_stream_duration_seconds`). */
  streamClosed?(
    stream: { readonly streamId: number; readonly nodeId: string; readonly isDelta: boolean },
    seconds: number,
  ): void;
  /** One response of so many bytes was handed to the network. */
  pushed?(type: ResourceType, bytes: number): void;
}

/** What an xDS server needs; everything but `tls` has a default. */
export interface XdsServerOptions {
  /** Certificates; `"none"` serves plain text, which is for tests only. */
  readonly tls: TlsFiles | TlsMaterial | "none";
  /**
   * Decides by the bearer token of a stream, instead of by a client certificate, whether an Envoy is who it says; resolves with the reason
   * if it is not. Asked once for each stream, with its first request. Without it, clients need a certificate.
   */
  readonly authorize?: Authorize | undefined;
  /** How long a stream may take to name itself and be found good by `authorize`, in ms; it is ended then. Default: 20,000. */
  readonly authorizeTimeoutMs?: number;
  /**
   * Nothing is sent to any Envoy before `release()`. For a start: Envoys find the port open while objects are still
   * being read, and none is told to remove what has not been read yet. Default: `false`.
   */
  readonly hold?: boolean;
  /** How long a cluster outlives the last route to it, in ms. Default: 5,000. */
  readonly graceMs?: number;
  /** Longest wait, in ms, of a table not yet sent on a stream for clusters that are on their way. Default: 5,000. */
  readonly tableWaitMs?: number;
  /** Connections are asked to reconnect at this age, ± 10 %, in ms. Default: a random time of 10 to 12 hours. */
  readonly maxConnectionAgeMs?: number;
  /** Time an aged connection has to end by itself, in ms. Default: 120,000. */
  readonly maxConnectionAgeGraceMs?: number;
  /** Largest request, in bytes. The first request of a large Envoy names all it has. Default: 32 MiB. */
  readonly maxReceiveMessageBytes?: number;
  /** Interval of pings to Envoys, in ms; one that answers none for 20 s is disconnected. Default: 30,000. */
  readonly keepaliveMs?: number;
  readonly metrics?: XdsMetrics;
  /** An Envoy refuses this resource as it is now; all others are served. */
  readonly onRejected?: (rejection: Rejection) => void;
  /** An earlier rejection no longer holds: other content was accepted, or the resource or the stream is gone. */
  readonly onRecovered?: (rejection: Rejection) => void;
  /** Something an operator should see; nothing has to be done by the caller. */
  readonly onProblem?: (message: string) => void;
}
