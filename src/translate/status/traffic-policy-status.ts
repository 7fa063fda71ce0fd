import type { XBackendTrafficPolicy } from "../../api/gateway-api/xbackendtrafficpolicy.ts";
import { keyOf, objectKey } from "../../api/object.ts";
import type { Collection, Context, Graph, Index } from "../../engine/index.ts";
import { type BackendTrafficPolicies, oldest } from "../backends/backend-traffic.ts";
import { isPolicyTarget } from "../backends/policy-targets.ts";
import { type Condition, isFalse, isTrue, type ObjectStatus } from "../conditions.ts";
import { sameData } from "../equal.ts";
import type { ObjectCollections } from "../objects.ts";
import { type AncestorConditions, policyStatus } from "../policies/ancestors.ts";
import type { TargetUse } from "./target-uses.ts";

/** Statuses of XBackendTrafficPolicies: an ancestor for each Gateway whose routes, and each policy whose features, reach one of the policy's targets. */
export function createTrafficPolicyStatuses(
  graph: Graph,
  objects: ObjectCollections,
  uses: Index<TargetUse>,
  policies: BackendTrafficPolicies,
  controllerName: string,
): Collection<ObjectStatus> {
  return graph.derive({
    name: "backendTrafficPolicyStatuses",
    from: objects.of("XBackendTrafficPolicy"),
    map: (policy, _key, ctx) => {
      const entries = ancestorsOf(policy, uses, policies, ctx);
      return entries.length === 0 ? undefined : policyStatus(policy, entries, controllerName);
    },
    equal: sameData,
  });
}

function ancestorsOf(
  policy: XBackendTrafficPolicy,
  uses: Index<TargetUse>,
  { byTarget }: BackendTrafficPolicies,
  ctx: Context,
): AncestorConditions[] {
  return policy.spec.targetRefs.filter(isPolicyTarget).flatMap(({ kind, name }) => {
    const target = `${kind}/${objectKey(policy.metadata.namespace, name)}`;
    const winner = oldest(ctx, byTarget, target);
    const condition: Condition =
      winner && keyOf(winner) !== keyOf(policy)
        ? isFalse("Accepted", "Conflicted", `Policy conflicts with XBackendTrafficPolicy ${keyOf(winner)}.`)
        : isTrue("Accepted", "Accepted", "Policy has been accepted.");
    return ctx.lookup(uses, target).map(({ value }) => ({ ancestorRef: value.ancestor, conditions: [condition] }));
  });
}
