import { create, type JsonObject, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { compareText } from "../../api/object.ts";
import { HealthStatus } from "../../gen/envoy/config/core/v3/health_check_pb.js";
import type { LbEndpointSchema } from "../../gen/envoy/config/endpoint/v3/endpoint_components_pb.js";
import {
  type ClusterLoadAssignment,
  ClusterLoadAssignmentSchema,
} from "../../gen/envoy/config/endpoint/v3/endpoint_pb.js";
import type { Endpoint } from "./destination.ts";

/** Endpoints that take traffic at the same priority. */
export interface PrioritizedEndpoints {
  readonly priority: number;
  readonly endpoints: readonly Endpoint[];
  /** Label of the transport socket that they are spoken to with; absent: the cluster's own. */
  readonly socket?: string;
  /** Their share of the traffic, and whose it is; absent: by number of endpoints. `yields`: where there are none it goes to the others. */
  readonly share?: { readonly of: string; readonly weight: number; readonly yields?: boolean };
}

/**
 * Nothing listens here, so connections are refused at once and datagrams dropped. It stands for backends that are invalid or have no
 * endpoints, whose share must not go to the others.
 */
const refusing: Endpoint = { address: { ip: "127.0.0.1", port: 1 } };

/**
 * Builds a ClusterLoadAssignment: a locality per priority and zone, weighted by its number of endpoints, or, where shares are given, a
 * locality per share; in stable order.
 */
export function loadAssignment(
  clusterName: string,
  lists: readonly PrioritizedEndpoints[],
): { readonly message: ClusterLoadAssignment; readonly bytes: Uint8Array } {
  const localities = new Map<string, Locality>();
  for (const { priority, endpoints: plain, share, socket } of lists) {
    const endpoints: readonly PlacedEndpoint[] = socket ? plain.map((endpoint) => ({ ...endpoint, socket })) : plain;
    if (share) {
      if (share.yields && endpoints.length === 0) continue;
      const all = endpoints.length > 0 ? endpoints : [refusing];
      const { of: region } = share;
      const key = `${priority}|${region}`;
      // A backend that stands in a rule twice has both shares.
      const weight = share.weight + (localities.get(key)?.weight ?? 0);
      localities.set(key, { priority, region, weight, endpoints: [...all] });
      continue;
    }
    for (const endpoint of endpoints) {
      const key = `${priority}|${endpoint.zone ?? ""}`;
      const locality = localities.get(key) ?? { priority, zone: endpoint.zone ?? "", endpoints: [] };
      locality.endpoints.push(endpoint);
      localities.set(key, locality);
    }
  }
  const message = create(ClusterLoadAssignmentSchema, {
    clusterName,
    endpoints: [...localities.entries()]
      .sort(([a], [b]) => compareText(a, b))
      .map(([, { priority, zone, region, weight, endpoints }]) => ({
        priority,
        loadBalancingWeight: weight ?? endpoints.length,
        ...(zone ? { locality: { zone } } : {}),
        ...(region ? { locality: { region } } : {}),
        lbEndpoints: [...endpoints].sort((a, b) => compareText(addressText(a), addressText(b))).map(lbEndpoint),
      })),
  });
  return { message, bytes: toBinary(ClusterLoadAssignmentSchema, message) };
}

interface PlacedEndpoint extends Endpoint {
  readonly socket?: string;
}

interface Locality {
  readonly priority: number;
  readonly zone?: string;
  readonly region?: string;
  readonly weight?: number;
  readonly endpoints: PlacedEndpoint[];
}

/** What an endpoint's metadata say for the transport socket of this label to be used; matches are compared with it. */
export function socketLabel(label: string): JsonObject {
  return { tls: label };
}

function addressText({ address }: Endpoint): string {
  if ("unix" in address) return address.unix;
  return "ip" in address ? `${address.ip}:${address.port}` : `${address.fqdn}:${address.port}`;
}

function lbEndpoint(endpoint: PlacedEndpoint): MessageInitShape<typeof LbEndpointSchema> {
  const { address, hostname } = endpoint;
  const envoyAddress =
    "unix" in address
      ? { case: "pipe" as const, value: { path: address.unix } }
      : {
          case: "socketAddress" as const,
          value: {
            address: "ip" in address ? address.ip : address.fqdn,
            portSpecifier: { case: "portValue" as const, value: address.port },
          },
        };
  return {
    loadBalancingWeight: 1,
    hostIdentifier: {
      case: "endpoint",
      value: { address: { address: envoyAddress }, ...(hostname ? { hostname } : {}) },
    },
    ...(endpoint.socket
      ? { metadata: { filterMetadata: { "envoy.transport_socket_match": socketLabel(endpoint.socket) } } }
      : {}),
    ...(endpoint.isDraining ? { healthStatus: HealthStatus.DRAINING } : {}),
  };
}
