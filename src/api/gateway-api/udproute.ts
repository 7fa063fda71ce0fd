/** UDPRoute: to which backends the UDP sessions of a listener go. */
import { type Infer, named, object } from "../../schema/builder.ts";
import { AGE, type InferKind, type InferKindInput, kind } from "../../schema/kind.ts";
import { GATEWAY_API_GROUP } from "./names.ts";
import { commonRouteFields, deprecatedVersion, RouteStatus } from "./route.ts";
import { OneStreamRule, StreamRules } from "./stream-rule.ts";

/** What a UDPRoute wants. */
export const UDPRouteSpec = named(
  "UDPRouteSpec",
  object({ ...commonRouteFields, rules: OneStreamRule }),
  "What a UDPRoute wants.",
);
export type UDPRouteSpec = Infer<typeof UDPRouteSpec>;

/** Sends the UDP sessions of a listener to backends. */
export const UDPRoute = kind("UDPRoute", {
  group: GATEWAY_API_GROUP,
  versions: [
    "v1",
    deprecatedVersion("UDPRoute", "v1alpha2", { spec: object({ ...commonRouteFields, rules: StreamRules }) }),
  ],
  categories: ["gateway-api"],
  columns: [AGE],
  spec: UDPRouteSpec,
  status: RouteStatus,
  doc: "Sends the UDP sessions of a listener to backends.",
});
export type UDPRoute = InferKind<typeof UDPRoute>;
export type UDPRouteInput = InferKindInput<typeof UDPRoute>;
