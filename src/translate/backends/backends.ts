import { BlockList, isIP } from "node:net";
import type { Backend } from "../../api/v1alpha1/backend.ts";
import type { Collection, Graph } from "../../engine/index.ts";
import { type Condition, isFalse, isTrue } from "../conditions.ts";
import { sameData } from "../equal.ts";
import type { ObjectCollections } from "../objects.ts";
import type { TranslationOptions } from "../options.ts";
import type { Endpoint, UpstreamProtocol } from "./destination.ts";

/** A Backend object with its verdict. Key: `namespace/name`. */
export interface BackendModel {
  readonly object: Backend;
  readonly accepted: Condition;
  readonly protocol: UpstreamProtocol;
  readonly isDns: boolean;
  /** Has no endpoints: requests go to the host they name. */
  readonly isDynamic: boolean;
  readonly isFallback: boolean;
  /** Why routes cannot use it, as a reason of their condition `ResolvedRefs`; the Backend itself may be accepted all the same. */
  readonly refusal?: { readonly reason: string; readonly message: string };
  /** Port of the first endpoint. */
  readonly port?: number;
  /** First host name among the endpoints. */
  readonly host?: string;
}

/** Collections about Backends. */
export interface BackendCollections {
  readonly backends: Collection<BackendModel>;
  /** Endpoints by {@link backendDestinationKey}. */
  readonly endpoints: Collection<readonly Endpoint[]>;
}

/** Key of a Backend as a destination. */
export function backendDestinationKey(backend: string): string {
  return `Backend/${backend}`;
}

/** Adds Backends and their endpoints to the graph. An endpoint change alone does not touch `backends`. */
export function createBackends(
  graph: Graph,
  objects: ObjectCollections,
  options: TranslationOptions,
): BackendCollections {
  const endpoints = graph.expand({
    name: "backendEndpoints",
    from: objects.of("Backend"),
    map: (backend, key) => [[backendDestinationKey(key), endpointsOf(backend)] as const],
    equal: sameData,
  });
  const backends = graph.derive({
    name: "backends",
    from: objects.of("Backend"),
    map: (object) => judge(object, options),
    equal: sameBackend,
  });
  return { backends, endpoints };
}

/** Equal but for the endpoints' addresses, which routes do not see. */
function sameBackend(a: BackendModel, b: BackendModel): boolean {
  const rest = ({ object, ...others }: BackendModel): unknown => ({
    ...others,
    tls: object.spec.tls,
    uid: object.metadata.uid,
    generation: object.metadata.generation,
  });
  return sameData(rest(a), rest(b));
}

function endpointsOf(backend: Backend): Endpoint[] {
  return (backend.spec.endpoints ?? []).flatMap(({ ip, fqdn, unix, zone, hostname }): Endpoint[] => {
    const more = { ...(zone ? { zone } : {}), ...(hostname ? { hostname } : {}) };
    if (ip) return [{ address: { ip: ip.address, port: ip.port }, ...more }];
    if (fqdn) return [{ address: { fqdn: fqdn.hostname, port: fqdn.port }, ...more }];
    return unix ? [{ address: { unix: unix.path }, ...more }] : [];
  });
}

function judge(object: Backend, options: TranslationOptions): BackendModel {
  const { spec } = object;
  const hosts = (spec.endpoints ?? []).flatMap((endpoint) => (endpoint.fqdn ? [endpoint.fqdn.hostname] : []));
  const problem = options.extensionApis.enableBackend ? problemOf(object, options) : disabled;
  const [first] = spec.endpoints ?? [];
  const port = first?.fqdn?.port ?? first?.ip?.port;
  const refusal = problem ?? socketProblem(object, options);
  return {
    object,
    accepted: problem
      ? isFalse("Accepted", "Invalid", `The Backend was not accepted: ${problem.message}`)
      : isTrue("Accepted", "Accepted", "The Backend was accepted"),
    protocol: spec.appProtocols?.includes("gateway.envoyproxy.io/h2c") ? "http2" : "http1",
    isDns: hosts.length > 0,
    isDynamic: spec.type === "DynamicResolver",
    isFallback: spec.fallback === true,
    ...(refusal ? { refusal } : {}),
    ...(port === undefined ? {} : { port }),
    ...(hosts[0] ? { host: hosts[0] } : {}),
  };
}

type Refusal = NonNullable<BackendModel["refusal"]>;

const invalid = (message: string): Refusal => ({ reason: "InvalidBackendRef", message });
const badAddress = (message: string): Refusal => ({ reason: "InvalidAddress", message });
const disabled = invalid(
  "Backends are switched off; set extensionApis.enableBackend in the EnvoyGateway configuration.",
);

/** Loopback addresses and single-label names are fine where Envoy runs on the user's own host, and a way into the pod elsewhere. */
function problemOf(object: Backend, options: TranslationOptions): Refusal | undefined {
  const endpoints = object.spec.endpoints ?? [];
  const { namespace = object.metadata.namespace } = object.spec.tls?.clientCertificateRef ?? {};
  if (namespace !== object.metadata.namespace) {
    return invalid("spec.tls.clientCertificateRef must name a Secret in the Backend's own namespace.");
  }
  const isDynamic = object.spec.type === "DynamicResolver";
  if (isDynamic && endpoints.length > 0) return invalid("spec.endpoints must be left out for type DynamicResolver.");
  if (!isDynamic && endpoints.length === 0) return invalid("spec.endpoints needs at least one endpoint.");
  for (const [i, { fqdn, ip }] of endpoints.entries()) {
    const field = `spec.endpoints[${i}]`;
    if (fqdn && isIP(fqdn.hostname)) return badAddress(`${field}.fqdn.hostname is an IP address; use ip instead.`);
    if (fqdn && !isOnHost(options) && !fqdn.hostname.includes(".")) {
      return badAddress(`${field}.fqdn.hostname needs at least two labels.`);
    }
    if (fqdn && !isOnHost(options) && loopbackName.test(fqdn.hostname)) {
      return badAddress(`${field}.fqdn.hostname is a name of Envoy's own host.`);
    }
    if (ip && !isIP(ip.address)) return badAddress(`${field}.ip.address is not an IP address.`);
    if (ip && !isOnHost(options) && isLoopback(ip.address)) {
      return badAddress(`${field}.ip.address is a loopback address.`);
    }
  }
  return undefined;
}

/** A Unix socket reaches only what runs beside Envoy: fine on the user's own host, nothing a route can use in a pod. */
function socketProblem(object: Backend, options: TranslationOptions): Refusal | undefined {
  if (isOnHost(options) || !object.spec.endpoints?.some(({ unix }) => unix)) return undefined;
  return { reason: "UnsupportedAddressType", message: "Unix sockets can be used by routes on a host only." };
}

function isOnHost(options: TranslationOptions): boolean {
  return !options.shiftPrivilegedPorts;
}

/** A resolver may answer such names itself (RFC 6761). */
const loopbackName = /(^|\.)localhost(\.localdomain)?\.?$/i;

/** Addresses that lead to Envoy's own host, however they are written; the unspecified ones do when they are connected to. */
const loopbacks = new BlockList();
loopbacks.addSubnet("127.0.0.0", 8, "ipv4");
loopbacks.addAddress("0.0.0.0", "ipv4");
loopbacks.addAddress("::1", "ipv6");
loopbacks.addAddress("::", "ipv6");

function isLoopback(address: string): boolean {
  return loopbacks.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}
