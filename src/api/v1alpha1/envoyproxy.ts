/** EnvoyProxy: how the proxies of a GatewayClass or Gateway run. */
import { type Infer, listOf, named, object, optional, required } from "../../schema/builder.ts";
import { type InferKind, type InferKindInput, kind } from "../../schema/kind.ts";
import { Condition } from "../gateway-api/conditions.ts";
import { ParentReference } from "../gateway-api/references.ts";
import { EnvoyProxySpec } from "./envoyproxy/spec.ts";
import { ENVOY_GATEWAY_CATEGORY, ENVOY_GATEWAY_GROUP } from "./shared/group.ts";

/** What was observed of an EnvoyProxy at each Gateway or class that uses it. */
export const EnvoyProxyStatus = named(
  "EnvoyProxyStatus",
  object({
    ancestors: optional(
      listOf(
        object({
          ancestorRef: required(ParentReference, "The Gateway or class."),
          conditions: optional(listOf(Condition, { listType: "map", listMapKeys: ["type"] }), "What was observed."),
        }),
      ),
      "One entry for each Gateway or class.",
    ),
  }),
  "What was observed of an EnvoyProxy at each Gateway or class that uses it.",
);
export type EnvoyProxyStatus = Infer<typeof EnvoyProxyStatus>;

/** How the proxies of a GatewayClass or Gateway run. */
export const EnvoyProxy = kind("EnvoyProxy", {
  group: ENVOY_GATEWAY_GROUP,
  versions: ["v1alpha1"],
  plural: "envoyproxies",
  shortNames: ["eproxy"],
  categories: [ENVOY_GATEWAY_CATEGORY],
  spec: EnvoyProxySpec,
  status: EnvoyProxyStatus,
  doc: "How the proxies of a GatewayClass or Gateway run.",
});
export type EnvoyProxy = InferKind<typeof EnvoyProxy>;
export type EnvoyProxyInput = InferKindInput<typeof EnvoyProxy>;
