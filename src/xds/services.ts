import type { handleBidiStreamingCall, ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import type { Protocol } from "./channel.ts";
import type { ResourceType } from "./resource-types.ts";
import type { Parts } from "./wire.ts";

/** Handles one stream of a discovery service; `type` is `undefined` on the aggregated service. */
export type StreamHandler = (
  call: Parameters<handleBidiStreamingCall<Buffer, Parts>>[0],
  type: ResourceType | undefined,
  protocol: Protocol,
) => void;

/** A service of the discovery API with its two streaming methods. */
interface DiscoveryService {
  readonly name: string;
  readonly type: ResourceType | undefined;
  readonly methods: Readonly<Record<Protocol, string>>;
}

const services: readonly DiscoveryService[] = [
  {
    name: "envoy.service.discovery.v3.AggregatedDiscoveryService",
    type: undefined,
    methods: { delta: "DeltaAggregatedResources", sotw: "StreamAggregatedResources" },
  },
  perType("cluster", "envoy.service.cluster.v3.ClusterDiscoveryService", "Clusters"),
  perType("endpoint", "envoy.service.endpoint.v3.EndpointDiscoveryService", "Endpoints"),
  perType("extension", "envoy.service.extension.v3.ExtensionConfigDiscoveryService", "ExtensionConfigs"),
  perType("listener", "envoy.service.listener.v3.ListenerDiscoveryService", "Listeners"),
  perType("route", "envoy.service.route.v3.RouteDiscoveryService", "Routes"),
  perType("secret", "envoy.service.secret.v3.SecretDiscoveryService", "Secrets"),
];

/** All services, ready for `Server.addService`; messages stay bytes on both ways. */
export function discoveryServices(
  handler: StreamHandler,
): readonly { readonly definition: ServiceDefinition; readonly implementation: UntypedServiceImplementation }[] {
  return services.map(({ name, type, methods }) => {
    const definition: Record<string, ServiceDefinition[string]> = {};
    const implementation: UntypedServiceImplementation = {};
    for (const protocol of ["delta", "sotw"] as const) {
      const method = methods[protocol];
      definition[method] = {
        path: `/${name}/${method}`,
        requestStream: true,
        responseStream: true,
        requestSerialize: identity,
        requestDeserialize: identity,
        responseSerialize: asMessage,
        responseDeserialize: identity,
      };
      const handle: handleBidiStreamingCall<Buffer, Parts> = (call) => handler(call, type, protocol);
      implementation[method] = handle;
    }
    return { definition, implementation };
  });
}

function perType(type: ResourceType, name: string, plural: string): DiscoveryService {
  return { name, type, methods: { delta: `Delta${plural}`, sotw: `Stream${plural}` } };
}

/**
 * gRPC puts a message behind its five-byte head with `byteLength` and `copy` and wants nothing else of it. So the parts of a large
 * table are written once, straight into that frame, instead of into a buffer of their own that is then copied.
 */
function asMessage(parts: Parts): Buffer {
  return parts as unknown as Buffer;
}

function identity(bytes: Buffer): Buffer {
  return bytes;
}
