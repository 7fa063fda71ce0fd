/** ServiceImport, as far as the gateway reads it: a Service of another cluster (KEP-1645). */
import {
  defaulted,
  type Infer,
  integer,
  keepUnknown,
  listOf,
  named,
  object,
  oneOf,
  optional,
  required,
  string,
} from "../../schema/builder.ts";
import { type InferKind, type InferKindInput, kind } from "../../schema/kind.ts";

/** A port of an imported Service. */
export const ServiceImportPort = named(
  "ServiceImportPort",
  object(
    {
      name: optional(string(), "Name of the port."),
      protocol: defaulted(oneOf("TCP", "UDP", "SCTP"), "TCP", "Transport protocol."),
      appProtocol: optional(string(), "What is spoken over it."),
      port: required(integer({ format: "int32" }), "Port of the Service."),
    },
    keepUnknown,
  ),
  "A port of an imported Service.",
);
export type ServiceImportPort = Infer<typeof ServiceImportPort>;

/** A Service of another cluster. */
export const ServiceImport = kind("ServiceImport", {
  group: "multicluster.x-k8s.io",
  versions: ["v1alpha1"],
  aliases: ["v1beta1"],
  shortNames: ["svcim"],
  spec: object(
    {
      type: optional(oneOf("ClusterSetIP", "Headless"), "Whether the Service has an address of its own."),
      ips: optional(listOf(string()), "Addresses of the Service."),
      ports: required(listOf(ServiceImportPort), "Ports of the Service."),
    },
    keepUnknown,
  ),
  status: object({}, keepUnknown),
  doc: "A Service of another cluster.",
});
export type ServiceImport = InferKind<typeof ServiceImport>;
export type ServiceImportInput = InferKindInput<typeof ServiceImport>;
