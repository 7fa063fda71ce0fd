import type { ObjectKey } from "../../api/object.ts";
import type { BackendTraffic } from "./backend-traffic.ts";

/** One address that requests can be sent to. */
export interface Endpoint {
  readonly address:
    | { readonly ip: string; readonly port: number }
    | { readonly fqdn: string; readonly port: number }
    | { readonly unix: string };
  /** Availability zone, for zone-aware load balancing. */
  readonly zone?: string;
  /** Finishes what it has, takes nothing new. */
  readonly isDraining?: boolean;
  /** Host name for TLS and health checks when it differs from the address. */
  readonly hostname?: string;
}

/** What carries it. */
export type Transport = "TCP" | "UDP";

/** Protocol spoken to a backend. */
export type UpstreamProtocol = "http1" | "http2";

/** TLS towards a backend. */
export interface UpstreamTls {
  /** Server name sent, and expected in the certificate unless `subjectAltNames` says otherwise. Absent: the request's host. */
  readonly sni?: string;
  /** Server name taken from the endpoint's hostname. */
  readonly sniFromEndpoint?: boolean;
  /** Who is trusted: the system's CAs, a CA secret by name, or anybody. */
  readonly trust: "system" | "anybody" | { readonly caSecret: string };
  readonly subjectAltNames?: readonly { readonly type: "DNS" | "URI"; readonly value: string }[];
  readonly clientCertificateSecret?: string;
  readonly alpn?: readonly string[];
  readonly minVersion?: string;
  readonly maxVersion?: string;
  readonly ciphers?: readonly string[];
  readonly ecdhCurves?: readonly string[];
  readonly signatureAlgorithms?: readonly string[];
}

/** A Service port or a Backend: what a backendRef can point to. Its endpoints are kept apart, so that their changes touch nothing else. */
export interface Destination {
  /** `Service/<ns>/<name>/<port>` or `Backend/<ns>/<name>`; also the key of its endpoints. */
  readonly key: string;
  readonly kind: "Service" | "ServiceImport" | "Backend";
  readonly object: ObjectKey;
  /** How policies name this port of the object: a Service port's name, or a Backend endpoint's port. */
  readonly section?: string;
  readonly protocol: UpstreamProtocol;
  /** The endpoints are host names, resolved by Envoy. */
  readonly isDns: boolean;
  /** Has no endpoints: requests go to the host they name, which Envoy resolves. */
  readonly isDynamic?: true;
  readonly hasEndpoints: boolean;
  /** Takes traffic only when the others of its rule are unhealthy. */
  readonly isFallback: boolean;
  readonly tls?: UpstreamTls;
  /** What policies say about its traffic. */
  readonly traffic?: BackendTraffic;
  /** Its name in DNS, for hosts that are rewritten to the backend's. */
  readonly host?: string;
}
