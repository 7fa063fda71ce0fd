/** TLSRoute: which TLS connections go where, by the server name clients ask for. */
import { type Infer, listOf, named, object, optional, required } from "../../schema/builder.ts";
import { AGE, type InferKind, type InferKindInput, kind } from "../../schema/kind.ts";
import { rule } from "../../schema/rules.ts";
import { GATEWAY_API_GROUP, Hostname } from "./names.ts";
import { commonRouteFields, deprecatedVersion, RouteStatus } from "./route.ts";
import { OneStreamRule, StreamRules } from "./stream-rule.ts";

const DNS_NAME_IN_RULE = "'^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)$'";

/** What a TLSRoute wants. */
export const TLSRouteSpec = named(
  "TLSRouteSpec",
  object({
    ...commonRouteFields,
    hostnames: required(
      listOf(
        Hostname,
        { listType: "atomic", minItems: 1, maxItems: 1024 },
        rule("self.all(h, !isIP(h))", "Hostnames cannot contain an IP"),
        rule(
          `self.all(h, !h.contains('*') ? h.matches(${DNS_NAME_IN_RULE}) : true)`,
          "Hostnames must be valid based on RFC-1123",
        ),
        rule(
          `self.all(h, h.contains('*') ? (h.startsWith('*.') && h.substring(2).matches(${DNS_NAME_IN_RULE})) : true)`,
          "Wildcards on hostnames must be the first label, and the rest of hostname must be valid based on RFC-1123",
        ),
      ),
      "Server names (SNI) that the route answers for; a listener's hostname narrows them.",
    ),
    rules: OneStreamRule,
  }),
  "What a TLSRoute wants.",
);
export type TLSRouteSpec = Infer<typeof TLSRouteSpec>;

const AlphaSpec = object({
  ...commonRouteFields,
  hostnames: optional(
    listOf(Hostname, { listType: "atomic", maxItems: 1024 }),
    "Server names (SNI) that the route answers for.",
  ),
  rules: StreamRules,
});

/** Sends TLS connections of some server names to backends. */
export const TLSRoute = kind("TLSRoute", {
  group: GATEWAY_API_GROUP,
  versions: [
    "v1",
    deprecatedVersion("TLSRoute", "v1alpha2", { spec: AlphaSpec }),
    deprecatedVersion("TLSRoute", "v1alpha3"),
  ],
  categories: ["gateway-api"],
  columns: [AGE],
  spec: TLSRouteSpec,
  status: RouteStatus,
  doc: "Sends TLS connections of some server names to backends.",
});
export type TLSRoute = InferKind<typeof TLSRoute>;
export type TLSRouteInput = InferKindInput<typeof TLSRoute>;
