/** Load balancing that looks at zones. */
import { type Infer, integer, listOf, named, object, optional, required, string } from "../../../schema/builder.ts";

/** How traffic is shared out among zones. */
export const ZoneAware = named(
  "ZoneAware",
  object({
    preferLocal: optional(
      object({
        force: optional(
          object({
            minEndpointsInZoneThreshold: optional(
              integer({ format: "int32" }),
              "Healthy endpoints the own zone must have. Default: 1.",
            ),
          }),
          "Keeps all traffic in the zone, however unevenly that loads the endpoints.",
        ),
        minEndpointsThreshold: optional(integer({ format: "int64" }), "Endpoints there must be in all. Default: 6."),
        percentageEnabled: optional(
          integer({ format: "int32", minimum: 0, maximum: 100 }),
          "Share of the requests that is routed by zone, in percent. Default: 100.",
        ),
      }),
      "Prefers endpoints in the proxy's own zone.",
    ),
    weightedZones: optional(
      listOf(
        object({
          zone: required(string(), "Name of the zone."),
          weight: required(
            integer({ format: "int32" }),
            "Share of the traffic, in relation to the other zones. Zones that are not listed have 1.",
          ),
        }),
        { listType: "map", listMapKeys: ["zone"] },
      ),
      "Shares traffic out by fixed weights.",
    ),
  }),
  "How traffic is shared out among zones.",
);
export type ZoneAware = Infer<typeof ZoneAware>;
