/** HTTP/2 settings, towards clients and backends alike. */
import { type Infer, integer, named, object, optional, string } from "../../../schema/builder.ts";
import { rule } from "../../../schema/rules.ts";
import { Duration } from "../../gateway-api/names.ts";
import { ByteSize } from "./quantity.ts";

/** HTTP/2 settings. */
export const HTTP2Settings = named(
  "HTTP2Settings",
  object({
    initialStreamWindowSize: optional(
      ByteSize,
      "Flow control window of a stream at its start, at least 64Ki. Default: 64Ki towards clients, Envoy's own towards backends.",
    ),
    initialConnectionWindowSize: optional(
      ByteSize,
      "Flow control window of a connection at its start, at least 64Ki. Default: 1Mi towards clients, Envoy's own towards backends.",
    ),
    maxConcurrentStreams: optional(
      integer({ format: "int32", minimum: 1, maximum: 2147483647 }),
      "Streams on one connection at once. Default: 100 towards clients, no limit of ours towards backends.",
    ),
    onInvalidMessage: optional(
      string<"TerminateConnection" | "TerminateStream">(),
      "What an invalid message ends: `TerminateStream` or `TerminateConnection` (the default).",
    ),
    connectionKeepalive: optional(
      object(
        {
          interval: optional(Duration, "Time between two pings."),
          intervalJitter: optional(
            integer({ format: "int32", minimum: 0, maximum: 100 }),
            "Random addition to the interval, in percent of it. Default: 15.",
          ),
          timeout: optional(Duration, "Time in which a ping must be answered."),
          idleInterval: optional(Duration, "Silence after which a ping goes out before the next stream."),
        },
        rule(
          "!has(self.timeout) || !has(self.interval) || duration(self.timeout) < duration(self.interval)",
          "timeout must be shorter than interval, so that a ping is answered before the next",
        ),
      ),
      "Pings that tell whether a connection still works.",
    ),
  }),
  "HTTP/2 settings.",
);
export type HTTP2Settings = Infer<typeof HTTP2Settings>;
