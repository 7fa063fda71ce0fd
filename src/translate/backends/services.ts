import type { EndpointSlice } from "../../api/core/endpointslice.ts";
import type { Service } from "../../api/core/service.ts";
import { keyOf, type ObjectKey } from "../../api/object.ts";
import type { Collection, Context, Graph, Index } from "../../engine/index.ts";
import { sameData } from "../equal.ts";
import type { ObjectCollections } from "../objects.ts";
import type { Endpoint, UpstreamProtocol } from "./destination.ts";

/** A port of a Service, as far as routes look at it. */
export interface ServicePort {
  readonly port: number;
  readonly name?: string;
  readonly transport: "TCP" | "UDP" | "SCTP";
  readonly protocol: UpstreamProtocol;
  readonly hasEndpoints: boolean;
  /** The endpoints are host names (an EndpointSlice of type FQDN, or an ExternalName Service). */
  readonly isDns: boolean;
}

/** A Service without what changes often (its endpoints). Key: `namespace/name`. */
export interface ServiceModel {
  readonly ports: readonly ServicePort[];
  readonly isExternalName: boolean;
}

/** Collections about Services. */
export interface ServiceCollections {
  readonly services: Collection<ServiceModel>;
  /** Endpoints by {@link serviceDestinationKey}. */
  readonly endpoints: Collection<readonly Endpoint[]>;
  /** Addresses used when traffic goes to the Service itself; one endpoint, the cluster IP. */
  readonly clusterEndpoints: Collection<readonly Endpoint[]>;
}

/** Key of a Service port as a destination. */
export function serviceDestinationKey(service: ObjectKey, port: number): string {
  return `Service/${service}/${port}`;
}

/** `appProtocol` values that ask for HTTP/2 without TLS; others, and none, mean HTTP/1.1. WebSocket needs HTTP/1.1. */
const http2Protocols: ReadonlySet<string> = new Set([
  "kubernetes.io/h2c",
  "gateway.envoyproxy.io/h2c",
  "h2c",
  "grpc",
  "http2",
]);

/** Adds Services and their endpoints to the graph. */
export function createServices(graph: Graph, objects: ObjectCollections): ServiceCollections {
  const slices = graph.index({ name: "slicesByService", from: objects.of("EndpointSlice"), keys: serviceOfSlice });
  const endpoints = graph.expand({
    name: "serviceEndpoints",
    from: objects.of("Service"),
    map: (service, key, ctx) => expandPorts(service, key, slices, ctx),
    equal: sameData,
  });
  const clusterEndpoints = graph.expand({
    name: "clusterAddresses",
    from: objects.of("Service"),
    map: clusterAddresses,
    equal: sameData,
  });
  const services = graph.derive({
    name: "services",
    from: objects.of("Service"),
    map: (service, key, ctx) => model(service, key, endpoints, ctx),
    equal: sameData,
  });
  return { services, endpoints, clusterEndpoints };
}

function serviceOfSlice(slice: EndpointSlice): ObjectKey[] {
  const service = slice.metadata.labels?.["kubernetes.io/service-name"];
  return service ? [`${slice.metadata.namespace ?? ""}/${service}`] : [];
}

function* expandPorts(
  service: Service,
  key: ObjectKey,
  slices: Index<EndpointSlice>,
  ctx: Context,
): Generator<readonly [string, readonly Endpoint[]]> {
  const found = ctx.lookup(slices, key).map((member) => member.value);
  for (const port of service.spec?.ports ?? []) {
    const list =
      service.spec?.type === "ExternalName" && service.spec.externalName
        ? [{ address: { fqdn: service.spec.externalName, port: port.port } }]
        : found.flatMap((slice) => endpointsOf(slice, port.name));
    yield [serviceDestinationKey(key, port.port), list];
  }
}

/**
 * Endpoints of one slice for a Service port. Slice ports carry the Service port's name; an unnamed port matches an unnamed one.
 * A missing `ready` counts as ready; an endpoint that is terminating but still serving drains.
 */
function endpointsOf(slice: EndpointSlice, portName: string | undefined): Endpoint[] {
  const port = (slice.ports ?? []).find((p) => (p.name ?? "") === (portName ?? ""))?.port;
  if (port === undefined) return [];
  return (slice.endpoints ?? []).flatMap((endpoint) => {
    const { ready, serving, terminating } = endpoint.conditions ?? {};
    const isReady = ready !== false;
    const isDraining = !isReady && serving === true && terminating === true;
    if (!isReady && !isDraining) return [];
    return endpoint.addresses.map((address) => ({
      address: slice.addressType === "FQDN" ? { fqdn: address, port } : { ip: address, port },
      ...(endpoint.zone ? { zone: endpoint.zone } : {}),
      ...(isDraining ? { isDraining } : {}),
    }));
  });
}

function* clusterAddresses(service: Service, key: ObjectKey): Generator<readonly [string, readonly Endpoint[]]> {
  const ip = service.spec?.clusterIP;
  if (!ip || ip === "None") return;
  for (const { port } of service.spec?.ports ?? [])
    yield [serviceDestinationKey(key, port), [{ address: { ip, port } }]];
}

function model(
  service: Service,
  key: ObjectKey,
  endpoints: Collection<readonly Endpoint[]>,
  ctx: Context,
): ServiceModel {
  const ports = (service.spec?.ports ?? []).map((port) => {
    const list = ctx.get(endpoints, serviceDestinationKey(keyOf(service), port.port)) ?? [];
    return {
      port: port.port,
      ...(port.name ? { name: port.name } : {}),
      transport: port.protocol ?? "TCP",
      protocol: http2Protocols.has(port.appProtocol ?? "") ? ("http2" as const) : ("http1" as const),
      hasEndpoints: list.some((endpoint) => !endpoint.isDraining),
      isDns: list.some((endpoint) => "fqdn" in endpoint.address),
    };
  });
  return { ports, isExternalName: service.spec?.type === "ExternalName" };
}
