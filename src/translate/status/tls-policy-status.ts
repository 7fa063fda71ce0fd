import { compareAge, keyOf, objectKey } from "../../api/object.ts";
import type { Collection, Context, Graph, Index } from "../../engine/index.ts";
import { type Condition, isFalse, isTrue, type ObjectStatus } from "../conditions.ts";
import { sameData } from "../equal.ts";
import { type AncestorConditions, policyStatus } from "../policies/ancestors.ts";
import { type BackendTlsCollections, type TlsPolicyModel, targetsOf, tlsTargetKey } from "../tls/backend-tls.ts";
import type { TargetUse } from "./target-uses.ts";

/** Statuses of BackendTLSPolicies: an ancestor for each Gateway whose routes, and each policy whose features, reach one of the policy's targets. */
export function createTlsPolicyStatuses(
  graph: Graph,
  uses: Index<TargetUse>,
  tls: BackendTlsCollections,
  controllerName: string,
): Collection<ObjectStatus> {
  return graph.derive({
    name: "backendTlsPolicyStatuses",
    from: tls.policies,
    map: (policy, _key, ctx) => {
      const entries = ancestorsOf(policy, uses, tls, ctx);
      return entries.length === 0 ? undefined : policyStatus(policy.object, entries, controllerName);
    },
    equal: sameData,
  });
}

function ancestorsOf(
  policy: TlsPolicyModel,
  uses: Index<TargetUse>,
  tls: BackendTlsCollections,
  ctx: Context,
): AncestorConditions[] {
  const { metadata } = policy.object;
  const entries: AncestorConditions[] = [];
  for (const { kind, name, sectionName } of targetsOf(policy.object)) {
    const target = objectKey(metadata.namespace, name);
    const rivals = ctx.lookup(tls.byTarget, tlsTargetKey(kind, target, sectionName ?? "")).map(({ value }) => value);
    const winner = [...rivals].sort((a, b) => compareAge(a.object, b.object))[0];
    const conditions = winner && winner !== policy ? conflictedWith(winner) : conditionsOf(policy);
    for (const { value } of ctx.lookup(uses, `${kind}/${target}`)) {
      entries.push({ ancestorRef: value.ancestor, conditions });
    }
  }
  return entries;
}

function conflictedWith({ object }: TlsPolicyModel): Condition[] {
  return [isFalse("Accepted", "Conflicted", `Policy conflicts with BackendTLSPolicy ${keyOf(object)}.`)];
}

function conditionsOf({ object, bundle, isUsable }: TlsPolicyModel): Condition[] {
  const message = bundle.problems.map((problem) => problem.message).join(" ");
  const reason = bundle.problems[0]?.reason;
  const resolvedRefs = reason
    ? isFalse("ResolvedRefs", reason, message)
    : isTrue("ResolvedRefs", "ResolvedRefs", "Resolved all the Object references.");
  if (isUsable) return [isTrue("Accepted", "Accepted", "Policy has been accepted."), resolvedRefs];
  const { wellKnownCACertificates } = object.spec.validation;
  const refusal = wellKnownCACertificates
    ? isFalse(
        "Accepted",
        "Invalid",
        `spec.validation.wellKnownCACertificates: ${wellKnownCACertificates} is not known; use System or caCertificateRefs.`,
      )
    : isFalse("Accepted", "NoValidCACertificate", `No CA certificate can be used. ${message}`.trim());
  return [refusal, resolvedRefs];
}
