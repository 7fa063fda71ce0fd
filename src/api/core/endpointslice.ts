/** EndpointSlice, as far as the gateway reads it: where the pods behind a Service are. */
import {
  boolean,
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

/** One endpoint with its addresses. */
export const Endpoint = named(
  "Endpoint",
  object(
    {
      addresses: required(
        listOf(string(), { minItems: 1, maxItems: 100 }),
        "Addresses of the endpoint; the first is used.",
      ),
      conditions: optional(
        object(
          {
            ready: optional(boolean(), "Whether it takes requests. Absent counts as true."),
            serving: optional(boolean(), "Whether it takes requests, even while it ends. Absent counts as `ready`."),
            terminating: optional(boolean(), "Whether it is about to end."),
          },
          keepUnknown,
        ),
        "State of the endpoint.",
      ),
      hostname: optional(string(), "Name of the endpoint."),
      nodeName: optional(string(), "Node the endpoint is on."),
      zone: optional(string(), "Zone the endpoint is in."),
    },
    keepUnknown,
  ),
  "One endpoint with its addresses.",
);
export type Endpoint = Infer<typeof Endpoint>;

/** A port that all endpoints of a slice have. */
export const EndpointPort = named(
  "EndpointPort",
  object(
    {
      name: defaulted(string(), "", "Name of the Service's port."),
      protocol: defaulted(oneOf("TCP", "UDP", "SCTP"), "TCP", "Transport protocol."),
      port: optional(integer({ format: "int32" }), "Number of the port at the endpoints."),
      appProtocol: optional(string(), "What is spoken over it."),
    },
    keepUnknown,
  ),
  "A port that all endpoints of a slice have.",
);
export type EndpointPort = Infer<typeof EndpointPort>;

/** Where the pods behind a Service are. */
export const EndpointSlice = kind("EndpointSlice", {
  group: "discovery.k8s.io",
  versions: ["v1"],
  aliases: ["v1beta1"],
  fields: {
    // An API server demands one of IPv4, IPv6 and FQDN. Files may leave it out, as they could before.
    addressType: defaulted(string(), "IPv4", "Kind of the addresses: `IPv4`, `IPv6` or `FQDN`."),
    endpoints: defaulted(listOf(Endpoint), [], "Endpoints; may be empty."),
    ports: defaulted(listOf(EndpointPort), [], "Ports of every endpoint."),
  },
  doc: "Where the pods behind a Service are.",
});
export type EndpointSlice = InferKind<typeof EndpointSlice>;
export type EndpointSliceInput = InferKindInput<typeof EndpointSlice>;
