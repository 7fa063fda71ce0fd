/** Signs of life on idle TCP connections. */
import { type Infer, integer, named, object, optional } from "../../../schema/builder.ts";
import { Duration } from "../../gateway-api/names.ts";

/** TCP keep-alive of connections. Absent values are the system's. */
export const TCPKeepalive = named(
  "TCPKeepalive",
  object({
    probes: optional(integer({ format: "int32" }), "Unanswered probes after which the connection is dead. Default: 9."),
    idleTime: optional(Duration, "Silence before the first probe. Default: 7200s."),
    interval: optional(Duration, "Time between two probes. Default: 75s."),
  }),
  "TCP keep-alive of connections. Absent values are the system's.",
);
export type TCPKeepalive = Infer<typeof TCPKeepalive>;
