/** Time limits towards backends. */
import { type Infer, named, object, optional } from "../../../schema/builder.ts";
import { Duration } from "../../gateway-api/names.ts";

/** Time limits towards backends. `0s` means no limit. */
export const Timeout = named(
  "Timeout",
  object({
    tcp: optional(
      object({ connectTimeout: optional(Duration, "For opening a connection. Default: 10s.") }),
      "For connections.",
    ),
    http: optional(
      object({
        requestTimeout: optional(
          Duration,
          "For the whole answer, from the end of the request on. A timeout of the route wins.",
        ),
        connectionIdleTimeout: optional(Duration, "For connections without a request. Default: 1h."),
        maxConnectionDuration: optional(Duration, "For connections as a whole. Default: no limit."),
        maxStreamDuration: optional(Duration, "For requests with their answers. Default: no limit."),
        streamIdleTimeout: optional(Duration, "For requests on which nothing moves. Default: that of the listener."),
      }),
      "For HTTP requests.",
    ),
  }),
  "Time limits towards backends. `0s` means no limit.",
);
export type Timeout = Infer<typeof Timeout>;
