/** Connections to backends. */
import { type Infer, integer, named, object, optional } from "../../../schema/builder.ts";
import { ByteSize } from "./quantity.ts";

/** How connections to backends are buffered and prepared. */
export const BackendConnection = named(
  "BackendConnection",
  object({
    bufferLimit: optional(ByteSize, "Bytes that Envoy holds for a connection, a soft limit. Default: 32Ki."),
    socketBufferLimit: optional(
      ByteSize,
      "Size of the socket's send and receive buffers. Default: as the system sets it.",
    ),
    preconnect: optional(
      object({
        perEndpointPercent: optional(
          integer({ format: "int32", minimum: 100, maximum: 300 }),
          "Connections kept ready at each endpoint, in percent of those needed now. 100 means none ahead.",
        ),
        predictivePercent: optional(
          integer({ format: "int32", minimum: 100 }),
          "Connections kept ready over all endpoints for requests to come, in percent of those needed now. For balancers Random and RoundRobin.",
        ),
      }),
      "Opens connections before they are needed.",
    ),
  }),
  "How connections to backends are buffered and prepared.",
);
export type BackendConnection = Infer<typeof BackendConnection>;
