import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
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
}

/** Builds a ClusterLoadAssignment: a locality per priority and zone, weighted by its number of endpoints, in stable order. */
export function loadAssignment(
  clusterName: string,
  lists: readonly PrioritizedEndpoints[],
): { readonly message: ClusterLoadAssignment; readonly bytes: Uint8Array } {
  const localities = new Map<
    string,
    { readonly priority: number; readonly zone: string; readonly endpoints: Endpoint[] }
  >();
  for (const { priority, endpoints } of lists) {
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
      .map(([, { priority, zone, endpoints }]) => ({
        priority,
        loadBalancingWeight: endpoints.length,
        ...(zone ? { locality: { zone } } : {}),
        lbEndpoints: [...endpoints].sort((a, b) => compareText(addressText(a), addressText(b))).map(lbEndpoint),
      })),
  });
  return { message, bytes: toBinary(ClusterLoadAssignmentSchema, message) };
}

function addressText({ address }: Endpoint): string {
  if ("unix" in address) return address.unix;
  return "ip" in address ? `${address.ip}:${address.port}` : `${address.fqdn}:${address.port}`;
}

function lbEndpoint(endpoint: Endpoint): MessageInitShape<typeof LbEndpointSchema> {
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
    ...(endpoint.isDraining ? { healthStatus: HealthStatus.DRAINING } : {}),
  };
}
