/** SecurityPolicy: who may send requests, put together from one folder per feature. */
import { PolicyStatus } from "../../api/gateway-api/policy.ts";
import { ENVOY_GATEWAY_CATEGORY, ENVOY_GATEWAY_GROUP } from "../../api/v1alpha1/shared/group.ts";
import {
  mergeType,
  onlyForTargets,
  policyTargetFields,
  policyTargetRules,
} from "../../api/v1alpha1/shared/policy-targets.ts";
import { anything, type Infer, named, object, optional } from "../../schema/builder.ts";
import { AGE, type InferKind, type InferKindInput, kind } from "../../schema/kind.ts";
import { featureField, type PolicyFeature } from "../feature.ts";
import type { PolicyKind } from "../policy-kind.ts";
import { jwt } from "./jwt/jwt.ts";

const targetKinds = ["Gateway", "ListenerSet", "HTTPRoute", "GRPCRoute", "TCPRoute"];
const routeKinds = ["HTTPRoute", "GRPCRoute", "TCPRoute"];

const notYet = (text: string) =>
  optional(anything<object>({ type: "object" }), `${text} Not supported yet: a policy that sets it is invalid.`);

/**
 * Fields of features that are still to come. They are known, so that no protection is pruned as if it were a slip of the pen: a policy that
 * sets one is invalid, and its routes answer 500 rather than be served without it.
 */
const futureFields = {
  apiKeyAuth: notYet("Requests must carry an API key."),
  authorization: notYet("Who may do what."),
  basicAuth: notYet("Requests must carry a user's name and password."),
  cors: notYet("Which pages of other origins may read answers."),
  csrf: notYet("Requests from pages of other origins are refused."),
  extAuth: notYet("Another service decides whether a request may pass."),
  oidc: notYet("Users are sent to an OpenID provider to log in."),
};

/** What a SecurityPolicy wants. */
export const SecurityPolicySpec = named(
  "SecurityPolicySpec",
  object(
    { ...policyTargetFields, mergeType, jwt: featureField(jwt), ...futureFields },
    ...policyTargetRules(targetKinds),
    onlyForTargets("mergeType", routeKinds),
  ),
  "What a SecurityPolicy wants.",
);
export type SecurityPolicySpec = Infer<typeof SecurityPolicySpec>;

/** Who may send requests to Gateways and routes. */
export const SecurityPolicy = kind("SecurityPolicy", {
  group: ENVOY_GATEWAY_GROUP,
  versions: ["v1alpha1"],
  plural: "securitypolicies",
  shortNames: ["sp"],
  categories: [ENVOY_GATEWAY_CATEGORY],
  columns: [AGE],
  spec: SecurityPolicySpec,
  status: PolicyStatus,
  doc: "Who may send requests to Gateways and routes.",
});
export type SecurityPolicy = InferKind<typeof SecurityPolicy>;
export type SecurityPolicyInput = InferKindInput<typeof SecurityPolicy>;

const features: readonly PolicyFeature[] = [jwt];

/** SecurityPolicy as the machinery of policies takes it. */
export const securityPolicy: PolicyKind = {
  definition: SecurityPolicy,
  pluralName: "SecurityPolicies",
  targetKinds,
  features,
  unsupportedFields: Object.keys(futureFields).sort(),
  mergeKeys: { "extAuth.contextExtensions": "name" },
};
