/** Name resolution of backends. */
import { boolean, type Infer, named, object, oneOf, optional } from "../../../schema/builder.ts";
import { Duration } from "../../gateway-api/names.ts";

/** How names of backends are resolved. */
export const DNS = named(
  "DNS",
  object({
    dnsRefreshRate: optional(
      Duration,
      "How often a name is looked up again, if its time to live is not respected. Default: 30s.",
    ),
    respectDnsTtl: optional(boolean(), "Whether the time to live in the answer decides. Default: true."),
    lookupFamily: optional(
      oneOf("IPv4", "IPv6", "IPv4Preferred", "IPv6Preferred", "IPv4AndIPv6"),
      "Which addresses are asked for. Default: `IPv4Preferred`, or what the EnvoyProxy's `ipFamily` asks for.",
    ),
  }),
  "How names of backends are resolved.",
);
export type DNS = Infer<typeof DNS>;
