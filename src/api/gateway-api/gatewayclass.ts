/** GatewayClass: which controller runs the Gateways of a class, with which parameters. */
import {
  also,
  defaulted,
  type Infer,
  listOf,
  named,
  object,
  optional,
  required,
  string,
} from "../../schema/builder.ts";
import { AGE, column, conditionColumn, type InferKind, type InferKindInput, kind } from "../../schema/kind.ts";
import { rule } from "../../schema/rules.ts";
import { Conditions, pendingCondition } from "./conditions.ts";
import { GATEWAY_API_GROUP, GatewayController } from "./names.ts";
import { ParametersReference } from "./references.ts";

/** What a GatewayClass wants. */
export const GatewayClassSpec = named(
  "GatewayClassSpec",
  object({
    controllerName: required(
      also(GatewayController, rule("self == oldSelf", "field is immutable")),
      "The controller that runs the Gateways of the class. Cannot be changed.",
    ),
    parametersRef: optional(ParametersReference, "Parameters for all Gateways of the class, such as an EnvoyProxy."),
    description: optional(string({ maxLength: 64 }), "What the class is for, for people."),
  }),
  "What a GatewayClass wants.",
);
export type GatewayClassSpec = Infer<typeof GatewayClassSpec>;

/** What was observed of a GatewayClass. */
export const GatewayClassStatus = named(
  "GatewayClassStatus",
  object({
    conditions: defaulted(Conditions, [pendingCondition("Accepted")], "State of the class."),
    supportedFeatures: optional(
      listOf(object({ name: required(string(), "Name of the feature, as in the conformance suite.") }), {
        listType: "map",
        listMapKeys: ["name"],
        maxItems: 64,
      }),
      "Features of the Gateway API that Gateways of the class have, sorted by name.",
    ),
  }),
  "What was observed of a GatewayClass.",
);
export type GatewayClassStatus = Infer<typeof GatewayClassStatus>;

/** Says which controller runs the Gateways of a class. */
export const GatewayClass = kind("GatewayClass", {
  group: GATEWAY_API_GROUP,
  versions: ["v1", "v1beta1"],
  plural: "gatewayclasses",
  shortNames: ["gc"],
  categories: ["gateway-api"],
  scope: "Cluster",
  columns: [
    column("Controller", ".spec.controllerName"),
    conditionColumn("Accepted"),
    AGE,
    column("Description", ".spec.description", { priority: 1 }),
  ],
  spec: GatewayClassSpec,
  status: defaulted(GatewayClassStatus, { conditions: [pendingCondition("Accepted")] }, "What was observed."),
  doc: "Says which controller runs the Gateways of a class.",
});
export type GatewayClass = InferKind<typeof GatewayClass>;
export type GatewayClassInput = InferKindInput<typeof GatewayClass>;
