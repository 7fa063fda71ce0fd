import type { EndpointSlice } from "../../api/core/endpointslice.ts";
import type { Service } from "../../api/core/service.ts";
import type { ServiceImport } from "../../api/core/serviceimport.ts";
import type { Collection, Context, Graph, Index } from "../../engine/index.ts";
import { sameData } from "../equal.ts";
import type { ObjectCollections } from "../objects.ts";
import type { Endpoint, Transport, UpstreamProtocol } from "./destination.ts";

/** A port of a Service, as far as routes look at it. */
export interface ServicePort {
  readonly port: number;
  readonly transport: Transport;
  readonly name: string;
  readonly protocol: UpstreamProtocol;
  /** At least one endpoint takes new requests. */
  readonly hasEndpoints: boolean;
  /** The endpoints are host names (an EndpointSlice of type FQDN). */
  readonly isDns: boolean;
}

/** A Service or ServiceImport without what changes often (its endpoints). Key: `<kind>/<namespace>/<name>`. */
export interface ServiceModel {
  readonly kind: "Service" | "ServiceImport";
  /** Of type ExternalName: another name for some host, without endpoints. */
  readonly isExternalName?: true;
  readonly ports: readonly ServicePort[];
}

/** Collections about Services. */
export interface ServiceCollections {
  readonly services: Collection<ServiceModel>;
  /** Endpoints by {@link serviceDestinationKey}. */
  readonly endpoints: Collection<readonly Endpoint[]>;
  /** Addresses used when traffic goes to the Service itself; one endpoint, the cluster IP. */
  readonly clusterEndpoints: Collection<readonly Endpoint[]>;
}

/** Key of a Service port as a destination; `service` is the key of a {@link ServiceModel}. A number may be there for TCP and for UDP. */
export function serviceDestinationKey(service: string, port: number, transport: Transport): string {
  return `${service}/${port}${transport === "UDP" ? "/udp" : ""}`;
}

/** What the kinds with EndpointSlices have in common. */
interface SlicedService {
  readonly kind: ServiceModel["kind"];
  readonly address?: string;
  readonly isExternalName?: true;
  readonly ports: readonly {
    readonly port: number;
    readonly name: string;
    readonly appProtocol: string;
    readonly transport: Transport;
  }[];
}

/** `appProtocol` values that ask for HTTP/2 without TLS; others, and none, mean HTTP/1.1. WebSocket needs HTTP/1.1. */
const http2Protocols: ReadonlySet<string> = new Set([
  "kubernetes.io/h2c",
  "gateway.envoyproxy.io/h2c",
  "h2c",
  "grpc",
  "http2",
]);

/** Adds Services and ServiceImports and their endpoints to the graph. */
export function createServices(graph: Graph, objects: ObjectCollections): ServiceCollections {
  const sliced = graph.union({
    name: "slicedServices",
    from: [
      graph.expand({
        name: "plainServices",
        from: objects.of("Service"),
        map: (service, key) => [[`Service/${key}`, ofService(service)] as const],
        equal: sameData,
      }),
      graph.expand({
        name: "importedServices",
        from: objects.of("ServiceImport"),
        map: (service, key) => [[`ServiceImport/${key}`, ofServiceImport(service)] as const],
        equal: sameData,
      }),
    ],
  });
  const slices = graph.index({ name: "slicesByService", from: objects.of("EndpointSlice"), keys: servicesOfSlice });
  const endpoints = graph.expand({
    name: "serviceEndpoints",
    from: sliced,
    map: (service, key, ctx) => expandPorts(service, key, slices, ctx),
    equal: sameData,
  });
  const clusterEndpoints = graph.expand({
    name: "clusterAddresses",
    from: sliced,
    map: clusterAddresses,
    equal: sameData,
  });
  const services = graph.derive({
    name: "services",
    from: sliced,
    map: (service, key, ctx) => model(service, key, endpoints, ctx),
    equal: sameData,
  });
  return { services, endpoints, clusterEndpoints };
}

function ofService({ spec }: Service): SlicedService {
  const address = spec?.clusterIP;
  return {
    kind: "Service",
    ...(address && address !== "None" ? { address } : {}),
    ...(spec?.type === "ExternalName" ? { isExternalName: true } : {}),
    ports: portsOf(spec?.ports),
  };
}

function ofServiceImport({ spec }: ServiceImport): SlicedService {
  const address = spec?.ips?.[0];
  return {
    kind: "ServiceImport",
    ...(address ? { address } : {}),
    ports: portsOf(spec?.ports),
  };
}

function portsOf(
  ports:
    | readonly {
        readonly port: number;
        readonly name?: string | undefined;
        readonly appProtocol?: string | undefined;
        readonly protocol: string;
      }[]
    | undefined,
): SlicedService["ports"] {
  return (ports ?? []).flatMap(({ port, name, appProtocol, protocol }) => {
    // Nothing speaks SCTP.
    if (protocol !== "TCP" && protocol !== "UDP") return [];
    return [{ port, name: name ?? "", appProtocol: appProtocol ?? "", transport: protocol }];
  });
}

const serviceLabels = [
  ["Service", "kubernetes.io/service-name"],
  ["ServiceImport", "multicluster.kubernetes.io/service-name"],
] as const;

function servicesOfSlice({ metadata }: EndpointSlice): string[] {
  return serviceLabels.flatMap(([kind, label]) => {
    const name = metadata.labels?.[label];
    return name ? [`${kind}/${metadata.namespace ?? ""}/${name}`] : [];
  });
}

function* expandPorts(
  service: SlicedService,
  key: string,
  slices: Index<EndpointSlice>,
  ctx: Context,
): Generator<readonly [string, readonly Endpoint[]]> {
  if (service.isExternalName) return;
  const found = ctx.lookup(slices, key).map((member) => member.value);
  for (const { port, name, transport } of service.ports) {
    const list = withoutDuplicates(found.flatMap((slice) => endpointsOf(slice, name)));
    yield [serviceDestinationKey(key, port, transport), list];
  }
}

/** While slices are rewritten an endpoint may be in several of them; it is ready if one says so. */
function withoutDuplicates(endpoints: readonly Endpoint[]): Endpoint[] {
  const byAddress = new Map<string, Endpoint>();
  for (const endpoint of endpoints) {
    const id = JSON.stringify(endpoint.address);
    const known = byAddress.get(id);
    if (!known || (known.isDraining && !endpoint.isDraining)) byAddress.set(id, endpoint);
  }
  return [...byAddress.values()];
}

/**
 * Endpoints of one slice for a Service port. Slice ports carry the Service port's name; an unnamed port matches an unnamed one.
 * A missing `ready` counts as ready; an endpoint that is terminating but still serving drains.
 */
function endpointsOf(slice: EndpointSlice, portName: string): Endpoint[] {
  const port = (slice.ports ?? []).find((p) => (p.name ?? "") === portName)?.port;
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

function* clusterAddresses(service: SlicedService, key: string): Generator<readonly [string, readonly Endpoint[]]> {
  if (!service.address) return;
  for (const { port, transport } of service.ports) {
    yield [serviceDestinationKey(key, port, transport), [{ address: { ip: service.address, port } }]];
  }
}

function model(
  service: SlicedService,
  key: string,
  endpoints: Collection<readonly Endpoint[]>,
  ctx: Context,
): ServiceModel {
  const ports = service.ports.map(({ port, name, appProtocol, transport }) => {
    const list = ctx.get(endpoints, serviceDestinationKey(key, port, transport)) ?? [];
    return {
      port,
      transport,
      name,
      protocol: http2Protocols.has(appProtocol) ? ("http2" as const) : ("http1" as const),
      hasEndpoints: list.some((endpoint) => !endpoint.isDraining),
      isDns: list.some((endpoint) => "fqdn" in endpoint.address),
    };
  });
  return { kind: service.kind, ...(service.isExternalName ? { isExternalName: true } : {}), ports };
}
