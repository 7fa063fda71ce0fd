import type { XBackendTrafficPolicy } from "../../api/gateway-api/xbackendtrafficpolicy.ts";
import { keyOf, objectKey } from "../../api/object.ts";
import type { Collection, Context, Graph, Index } from "../../engine/index.ts";
import { type BackendTrafficPolicies, oldest } from "../backends/backend-traffic.ts";
import { isPolicyTarget } from "../backends/policy-targets.ts";
import { type Condition, isFalse, isTrue, type ObjectStatus, observed } from "../conditions.ts";
import { sameData } from "../equal.ts";
import type { ObjectCollections } from "../objects.ts";
import { type AncestorConditions, ancestorStatuses } from "../policies/ancestors.ts";
import { statusOf } from "./object-statuses.ts";
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
      if (entries.length === 0) return undefined;
      const ancestors = ancestorStatuses(entries, controllerName).map((ancestor) => ({
        ...ancestor,
        conditions: observed(ancestor.conditions, policy.metadata.generation),
      }));
      return statusOf("XBackendTrafficPolicy", policy, { ancestors });
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
