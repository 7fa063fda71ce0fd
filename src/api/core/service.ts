/** Service, as far as the gateway reads it: ports, addresses, and what tells it apart from others. */
import {
  boolean,
  defaulted,
  type Infer,
  integer,
  intOrString,
  keepUnknown,
  listOf,
  mapOf,
  named,
  object,
  oneOf,
  optional,
  required,
  string,
} from "../../schema/builder.ts";
import { type InferKind, type InferKindInput, kind } from "../../schema/kind.ts";

const Port = integer({ format: "int32", minimum: 1, maximum: 65535 });

/** A port of a Service. */
export const ServicePort = named(
  "ServicePort",
  object(
    {
      name: optional(string(), "Name of the port; required where a Service has several."),
      protocol: defaulted(oneOf("TCP", "UDP", "SCTP"), "TCP", "Transport protocol."),
      appProtocol: optional(string(), "What is spoken over it, such as `kubernetes.io/h2c`."),
      port: required(Port, "Port of the Service."),
      targetPort: optional(intOrString(), "Port of the pods, by number or name. Absent means the same as `port`."),
      nodePort: optional(integer({ format: "int32" }), "Port at every node, for types that have one."),
    },
    keepUnknown,
  ),
  "A port of a Service.",
);
export type ServicePort = Infer<typeof ServicePort>;

/** What a Service wants. */
export const ServiceSpec = named(
  "ServiceSpec",
  object(
    {
      type: defaulted(
        oneOf("ClusterIP", "ExternalName", "NodePort", "LoadBalancer"),
        "ClusterIP",
        "How the Service is reached.",
      ),
      clusterIP: optional(string(), "Address within the cluster; `None` for a headless Service."),
      clusterIPs: optional(listOf(string()), "All addresses within the cluster."),
      externalName: optional(string(), "DNS name that stands for the Service, for type `ExternalName`."),
      selector: optional(mapOf(string()), "Labels of the pods that make up the Service."),
      ports: optional(listOf(ServicePort), "Ports of the Service."),
      ipFamilies: optional(listOf(string()), "`IPv4`, `IPv6`."),
      ipFamilyPolicy: optional(string(), "How many address families the Service has."),
      publishNotReadyAddresses: optional(boolean(), "Whether endpoints that are not ready count as well."),
      trafficDistribution: optional(string(), "Preference among endpoints, such as `PreferSameZone`."),
      loadBalancerIP: optional(string(), "Address that is asked for, for type `LoadBalancer`."),
    },
    keepUnknown,
  ),
  "What a Service wants.",
);
export type ServiceSpec = Infer<typeof ServiceSpec>;

const LoadBalancerIngress = object(
  { ip: optional(string(), "Address."), hostname: optional(string(), "DNS name.") },
  keepUnknown,
);

/** Gives a set of pods one name and address. */
export const Service = kind("Service", {
  group: "",
  versions: ["v1"],
  shortNames: ["svc"],
  spec: optional(ServiceSpec, "What is wanted."),
  status: object(
    {
      loadBalancer: optional(
        object({ ingress: optional(listOf(LoadBalancerIngress), "Addresses outside the cluster.") }, keepUnknown),
        "State of the load balancer.",
      ),
    },
    keepUnknown,
  ),
  doc: "Gives a set of pods one name and address.",
});
export type Service = InferKind<typeof Service>;
export type ServiceInput = InferKindInput<typeof Service>;
