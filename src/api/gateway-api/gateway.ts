/** Gateway: the listeners at which traffic comes in. */
import {
  defaulted,
  type Infer,
  integer,
  listOf,
  named,
  object,
  oneOf,
  optional,
  required,
} from "../../schema/builder.ts";
import { AGE, column, conditionColumn, type InferKind, type InferKindInput, kind } from "../../schema/kind.ts";
import { rule } from "../../schema/rules.ts";
import { Conditions, pendingCondition } from "./conditions.ts";
import { GatewaySpecAddress, GatewayStatusAddress } from "./gateway-address.ts";
import { GatewayInfrastructure } from "./gateway-infrastructure.ts";
import { GatewayTLSConfig } from "./gateway-tls.ts";
import { DISTINCT_LISTENERS, LabelSelector, Listener, ListenerStatuses, listenerRules } from "./listener.ts";
import { GATEWAY_API_GROUP, GatewayDefaultScope, ObjectName } from "./names.ts";

function uniqueAddresses(type: string) {
  return rule(
    `self.all(a1, a1.type == '${type}' && has(a1.value) ? self.exists_one(a2, a2.type == a1.type && has(a2.value) && a2.value == a1.value) : true )`,
    `${type} values must be unique`,
  );
}

/** Which ListenerSets may add listeners to a Gateway. */
export const AllowedListeners = named(
  "AllowedListeners",
  object({
    namespaces: defaulted(
      object({
        from: defaulted(
          oneOf("All", "Selector", "Same", "None"),
          "None",
          "`None`; `Same`: the Gateway's own namespace; `Selector`: those chosen by labels; `All`.",
        ),
        selector: optional(LabelSelector, "Labels of the namespaces, for `Selector`."),
      }),
      { from: "None" },
      "Namespaces the ListenerSets may be in.",
    ),
  }),
  "Which ListenerSets may add listeners to a Gateway.",
);
export type AllowedListeners = Infer<typeof AllowedListeners>;

/** What a Gateway wants. */
export const GatewaySpec = named(
  "GatewaySpec",
  object({
    gatewayClassName: required(ObjectName, "The GatewayClass, which says who runs the Gateway."),
    listeners: required(
      listOf(
        Listener,
        { listType: "map", listMapKeys: ["name"], minItems: 1, maxItems: 64 },
        ...listenerRules,
        rule(
          "self.all(l1, self.exists_one(l2, l1.port == l2.port && l1.protocol == l2.protocol && (has(l1.hostname) && has(l2.hostname) ? l1.hostname == l2.hostname : !has(l1.hostname) && !has(l2.hostname))))",
          DISTINCT_LISTENERS,
        ),
      ),
      "Ports on which traffic of some protocol and hostname is taken.",
    ),
    addresses: optional(
      listOf(
        GatewaySpecAddress,
        { listType: "atomic", maxItems: 16 },
        uniqueAddresses("IPAddress"),
        uniqueAddresses("Hostname"),
      ),
      "Addresses that are asked for. Absent means: as the infrastructure assigns them.",
    ),
    infrastructure: optional(
      GatewayInfrastructure,
      "What is passed on to the infrastructure that is made for the Gateway.",
    ),
    allowedListeners: optional(AllowedListeners, "Which ListenerSets may add listeners. Absent means none."),
    tls: optional(GatewayTLSConfig, "TLS settings of the whole Gateway."),
    defaultScope: optional(
      GatewayDefaultScope,
      "Makes the Gateway one of the default Gateways that take routes which name no Gateway.",
    ),
  }),
  "What a Gateway wants.",
);
export type GatewaySpec = Infer<typeof GatewaySpec>;

/** What was observed of a Gateway. */
export const GatewayStatus = named(
  "GatewayStatus",
  object({
    addresses: optional(
      listOf(GatewayStatusAddress, { listType: "atomic", maxItems: 16 }),
      "Addresses at which the Gateway is reached.",
    ),
    conditions: defaulted(
      Conditions,
      [pendingCondition("Accepted"), pendingCondition("Programmed")],
      "State of the Gateway as a whole.",
    ),
    listeners: optional(ListenerStatuses, "State of each listener."),
    attachedListenerSets: optional(integer({ format: "int32" }), "Number of ListenerSets that add listeners."),
  }),
  "What was observed of a Gateway.",
);
export type GatewayStatus = Infer<typeof GatewayStatus>;

/** Takes traffic in at its listeners. */
export const Gateway = kind("Gateway", {
  group: GATEWAY_API_GROUP,
  versions: ["v1", "v1beta1"],
  shortNames: ["gtw"],
  categories: ["gateway-api"],
  columns: [
    column("Class", ".spec.gatewayClassName"),
    column("Address", ".status.addresses[*].value"),
    conditionColumn("Programmed"),
    AGE,
  ],
  spec: GatewaySpec,
  status: defaulted(
    GatewayStatus,
    { conditions: [pendingCondition("Accepted"), pendingCondition("Programmed")] },
    "What was observed.",
  ),
  doc: "Takes traffic in at its listeners.",
});
export type Gateway = InferKind<typeof Gateway>;
export type GatewayInput = InferKindInput<typeof Gateway>;
