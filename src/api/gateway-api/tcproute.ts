/** TCPRoute: to which backends the TCP connections of a listener go. */
import { type Infer, named, object } from "../../schema/builder.ts";
import { AGE, type InferKind, type InferKindInput, kind } from "../../schema/kind.ts";
import { GATEWAY_API_GROUP } from "./names.ts";
import { commonRouteFields, deprecatedVersion, RouteStatus } from "./route.ts";
import { OneStreamRule, StreamRules } from "./stream-rule.ts";

/** What a TCPRoute wants. */
export const TCPRouteSpec = named(
  "TCPRouteSpec",
  object({ ...commonRouteFields, rules: OneStreamRule }),
  "What a TCPRoute wants.",
);
export type TCPRouteSpec = Infer<typeof TCPRouteSpec>;

/** Sends the TCP connections of a listener to backends. */
export const TCPRoute = kind("TCPRoute", {
  group: GATEWAY_API_GROUP,
  versions: [
    "v1",
    deprecatedVersion("TCPRoute", "v1alpha2", { spec: object({ ...commonRouteFields, rules: StreamRules }) }),
  ],
  categories: ["gateway-api"],
  columns: [AGE],
  spec: TCPRouteSpec,
  status: RouteStatus,
  doc: "Sends the TCP connections of a listener to backends.",
});
export type TCPRoute = InferKind<typeof TCPRoute>;
export type TCPRouteInput = InferKindInput<typeof TCPRoute>;
