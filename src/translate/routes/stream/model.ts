import type { Hostname } from "../../listeners/hostnames.ts";
import { type ListenerPlace, portKey, transportOf } from "../../listeners/model.ts";
import type { RouteModel } from "../model.ts";

/** Name of a cluster that never exists: what is sent there is refused. Also the name of chains for connections that nobody wants. */
export const EMPTY_CLUSTER = "EmptyCluster";

/** A share of a listener's connections. A cluster that does not exist refuses its share. */
export interface StreamTarget {
  readonly cluster: string;
  readonly weight: number;
}

/**
 * What a TLSRoute, TCPRoute or UDPRoute asks for on one listener: all connections to a server name (`*`: to any, or without one).
 * One claim per name can be served on a port.
 */
export interface StreamClaim {
  /** Id of the Envoy listener, see {@link streamPort}. */
  readonly port: string;
  /** Port and server name, see {@link streamPlace}. */
  readonly place: string;
  readonly serverName: Hostname;
  /** Key of the listener. */
  readonly listener: string;
  /** Of the claims to a place that which sorts first is served. */
  readonly precedence: string;
  /** `<kind in lower case>/<namespace>/<name>` of the route; names the filter chain. */
  readonly route: string;
  /** Never empty. */
  readonly targets: readonly StreamTarget[];
  /** Provenance: `Kind namespace/name`. */
  readonly from: string;
}

/** Everything that follows from a TLSRoute, TCPRoute or UDPRoute. */
export interface StreamRouteModel extends RouteModel {
  readonly claims: readonly StreamClaim[];
}

/** Id of the Envoy listener that serves a listener. */
export function streamPort({ fleet, listener }: ListenerPlace): string {
  return `${portKey(fleet, listener.port)}|${transportOf(listener)}`;
}

/** Where connections to a server name arrive at a listener. */
export function streamPlace(listener: ListenerPlace, serverName: Hostname): string {
  return `${streamPort(listener)}|${serverName}`;
}
