import type { Listener } from "../../api/gateway-api/listener.ts";
import type { ObjectKey } from "../../api/object.ts";
import type { Transport } from "../backends/destination.ts";
import type { Condition } from "../conditions.ts";
import type { Hostname } from "./hostnames.ts";

/** A route kind that a listener can carry. */
export interface RouteKind {
  readonly group: string;
  readonly kind: string;
}

/** The object that declares a listener, which is what routes and policies name. */
export interface ListenerOwner {
  readonly kind: "Gateway" | "ListenerSet";
  readonly key: ObjectKey;
}

/**
 * A listener as its owner declares it. Key: `<gateway namespace>/<gateway name>/<listener name>`, and with the ListenerSet's namespace and
 * name before the listener's where one adds it.
 */
export interface DeclaredListener {
  readonly key: string;
  /** The Gateway that serves it. */
  readonly gateway: ObjectKey;
  readonly owner: ListenerOwner;
  /** Namespace of the owner, that `allowedRoutes.namespaces.from: Same` and certificate references are relative to. */
  readonly namespace: string;
  readonly fleet: string;
  readonly listener: Listener;
  readonly hostname: Hostname;
  /** Orders the listeners of a fleet: those of Gateways before those of ListenerSets, then by the owner's age and name, then as written. */
  readonly order: string;
  /** Its owner uses the port with other protocols as well, so that none of them can be served. */
  readonly isMixed: boolean;
}

/** Id of the object that declares a listener, among objects of both kinds. */
export function ownerId({ kind, key }: { readonly kind: string; readonly key: ObjectKey }): string {
  return `${kind}/${key}`;
}

/** The owner as provenance tells it: `Kind namespace/name`. */
export function ownerName({ owner: { kind, key } }: Pick<DeclaredListener, "owner">): string {
  return `${kind} ${key}`;
}

/** Verdict about one listener, and what its routes and its Envoy listener need to know. */
export interface ListenerModel extends DeclaredListener {
  /** Conditions in the order they are shown, without `observedGeneration`. */
  readonly conditions: readonly Condition[];
  /** Kinds of `allowedRoutes.kinds` that the protocol can carry. */
  readonly supportedKinds: readonly RouteKind[];
  /** False when Envoy does not get it. Routes attach to it all the same. */
  readonly isProgrammed: boolean;
  /** Certificates to serve, as keys of Secrets, in order. Empty for plain listeners. */
  readonly certificates: readonly ObjectKey[];
  /** How the certificates of clients are checked; absent: they are not asked for. */
  readonly clientValidation?: ClientValidation;
}

/** How the certificates of a listener's clients are checked. */
export interface ClientValidation {
  /** Name of the SDS secret with the authorities; apart from the listener, so that other authorities drain no connection. */
  readonly caSecret: string;
  /** Clients without a certificate, or with one that is not trusted, are let in. */
  readonly isInsecure: boolean;
}

/** Where a listener is, among those of all fleets. */
export interface ListenerPlace {
  readonly fleet: string;
  readonly listener: Pick<Listener, "port" | "protocol">;
}

/** Protocols that share a port with each other by SNI or by Host. Others on the same port conflict. */
export type ProtocolClass = "http" | "tls" | "tcp" | "udp";

export const protocolClasses: Readonly<Record<string, ProtocolClass | undefined>> = {
  HTTP: "http",
  HTTPS: "tls",
  TLS: "tls",
  TCP: "tcp",
  UDP: "udp",
};

/** Transport of a listener's protocol; a port number can be used once by each. */
export function transportOf({ protocol }: Pick<Listener, "protocol">): Transport {
  return protocol === "UDP" ? "UDP" : "TCP";
}

/** Whether the requests of a listener's connections are routed one by one, by a route table. */
export function carriesHttp({ protocol }: Pick<Listener, "protocol">): boolean {
  return protocol === "HTTP" || protocol === "HTTPS";
}

/** Whether a listener hands TLS through to the backend. */
export function isPassthrough({ protocol, tls }: Pick<Listener, "protocol" | "tls">): boolean {
  return protocol === "TLS" && tls?.mode === "Passthrough";
}

/** Key of a port of a fleet: listeners with the same key share one Envoy listener. */
export function portKey(fleet: string, port: number): string {
  return `${fleet}|${port}`;
}
