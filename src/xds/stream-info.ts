import type { Channel, Protocol } from "./channel.ts";
import type { ResourceType } from "./resource-types.ts";
import { tableHead } from "./route-table.ts";
import type { DiscoveryStream } from "./stream.ts";

/** A resource an Envoy refused and does not get again before it changes. */
export interface QuarantinedResource {
  readonly name: string;
  readonly virtualHost?: string;
  readonly message: string;
}

/** State of one resource type on a stream. */
export interface TypeInfo {
  readonly type: ResourceType;
  /** `"*"`, or the number of names. */
  readonly subscribed: "*" | number;
  readonly acknowledged?: { readonly version: string; readonly nonce: string };
  /** Nonce of the response that waits for its acknowledgement. */
  readonly inFlight?: string;
  /** Resources that differ from the newest and have not been sent: held back, collecting, or quarantined. */
  readonly pending: readonly string[];
  readonly quarantined: readonly QuarantinedResource[];
}

/** One connected stream, as the admin server shows it. */
export interface StreamInfo {
  readonly id: number;
  /** Empty before the first request. */
  readonly node: string;
  readonly fleet: string;
  readonly protocol: Protocol;
  readonly isAggregated: boolean;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Whether the fleet is loaded; before that the Envoy is told nothing. */
  readonly isServed: boolean;
  readonly types: readonly TypeInfo[];
}

/** Describes a stream; at most 100 pending names of each type are listed. */
export function describeStream(stream: DiscoveryStream): StreamInfo {
  const channels = [...(stream.session?.channels.values() ?? [])].filter((channel) => channel.outlet === stream);
  return {
    id: stream.id,
    node: stream.node?.id ?? "",
    fleet: stream.node?.cluster ?? "",
    protocol: stream.protocol,
    isAggregated: stream.type === undefined,
    startedAt: stream.startedAt,
    isServed: stream.session !== undefined,
    types: channels.map(describeChannel),
  };
}

const maxPending = 100;

function describeChannel(channel: Channel): TypeInfo {
  const pending: string[] = [];
  const quarantined: QuarantinedResource[] = [];
  for (const view of channel.views.values()) {
    for (const name of view.pending()) {
      if (pending.length < maxPending) pending.push(view.table === undefined ? name : labelInTable(view.table, name));
    }
    for (const { rejection } of view.quarantined.values()) {
      const { name, virtualHost, message } = rejection;
      quarantined.push({ name, ...(virtualHost !== undefined && { virtualHost }), message });
    }
  }
  return {
    type: channel.type,
    subscribed: channel.isWildcard ? "*" : channel.names.size,
    ...(channel.acknowledged !== undefined && { acknowledged: channel.acknowledged }),
    ...(channel.flight !== undefined && { inFlight: channel.flight.nonce }),
    pending,
    quarantined,
  };
}

function labelInTable(table: string, name: string): string {
  return name === tableHead ? table : `${table}/${name}`;
}
