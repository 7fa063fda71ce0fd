import { compareAge, keyOf, objectKey } from "../../api/object.ts";
import type { Collection, Context, Graph, Index } from "../../engine/index.ts";
import { type Condition, isFalse, isTrue, type ObjectStatus, observed, type StatusReference } from "../conditions.ts";
import { sameData } from "../equal.ts";
import { type AncestorConditions, ancestorKey, ancestorStatuses } from "../policies/ancestors.ts";
import type { PolicyUse } from "../policies/applied-policy.ts";
import type { PolicyTranslation } from "../policies/policy-translation.ts";
import type { RouteModel } from "../routes/model.ts";
import { type BackendTlsCollections, type TlsPolicyModel, targetsOf, tlsTargetKey } from "../tls/backend-tls.ts";
import { statusOf } from "./object-statuses.ts";

/** Through whom requests reach a destination: a Gateway, a listener of it, or a policy whose feature talks to the destination itself. */
interface TargetUse {
  /** `<kind>/<namespace>/<name>` of the destination. */
  readonly target: string;
  readonly ancestor: StatusReference;
}

/** Where uses of destinations are found. */
export interface TargetUseSources {
  readonly routes: Collection<RouteModel>;
  /** Policies in force, and what they come to. */
  readonly policiesInForce: Collection<PolicyUse>;
  readonly translations: Collection<PolicyTranslation>;
}

/** Statuses of BackendTLSPolicies: an ancestor for each Gateway whose routes, and each policy whose features, reach one of the policy's targets. */
export function createTlsPolicyStatuses(
  graph: Graph,
  sources: TargetUseSources,
  tls: BackendTlsCollections,
  controllerName: string,
): Collection<ObjectStatus> {
  const byTarget = indexUses(graph, sources);
  return graph.derive({
    name: "backendTlsPolicyStatuses",
    from: tls.policies,
    map: (policy, _key, ctx) => policyStatus(policy, byTarget, tls, controllerName, ctx),
    equal: sameData,
  });
}

/** Ancestors by destination; thousands of routes through one Gateway count once. */
function indexUses(graph: Graph, { routes, policiesInForce, translations }: TargetUseSources): Index<TargetUse> {
  const ofRoutes = graph.expand({ name: "destinationUses", from: routes, map: usesOfRoute, equal: sameData });
  const ofPolicies = graph.expand({
    name: "destinationUsesOfPolicies",
    from: policiesInForce,
    map: ({ id }, key, ctx) =>
      (ctx.get(translations, id)?.tlsTargets ?? []).map(({ policy, target }) => {
        const ancestor = { group: "gateway.envoyproxy.io", ...policy };
        return [`Policy/${key}|${ancestorKey(ancestor)}|${target}`, { target, ancestor }] as const;
      }),
    equal: sameData,
  });
  const byPair = graph.group({
    name: "destinationAncestors",
    from: graph.union<TargetUse>({ name: "allDestinationUses", from: [ofRoutes, ofPolicies] }),
    by: ({ target, ancestor }) => `${target}|${ancestorKey(ancestor)}`,
    reduce: (members) => members[0]?.value,
    equal: sameData,
  });
  return graph.index({ name: "ancestorsByDestination", from: byPair, keys: ({ target }) => [target] });
}

function* usesOfRoute(route: RouteModel, key: string): Generator<readonly [string, TargetUse]> {
  for (const { ref, gateway, attachments } of route.parents) {
    if (attachments.length === 0) continue;
    const [namespace = "", name = ""] = gateway.split("/");
    const { group, kind, sectionName } = ref;
    const ancestor = { group, kind, namespace, name, ...(sectionName ? { sectionName } : {}) };
    for (const target of route.tlsTargets) yield [`${key}|${ancestorKey(ancestor)}|${target}`, { target, ancestor }];
  }
}

function policyStatus(
  policy: TlsPolicyModel,
  byTarget: Index<TargetUse>,
  tls: BackendTlsCollections,
  controllerName: string,
  ctx: Context,
): ObjectStatus | undefined {
  const { metadata } = policy.object;
  const entries: AncestorConditions[] = [];
  for (const { kind, name, sectionName } of targetsOf(policy.object)) {
    const target = objectKey(metadata.namespace, name);
    const rivals = ctx.lookup(tls.byTarget, tlsTargetKey(kind, target, sectionName ?? "")).map(({ value }) => value);
    const winner = [...rivals].sort((a, b) => compareAge(a.object, b.object))[0];
    const conditions = winner && winner !== policy ? conflictedWith(winner) : conditionsOf(policy);
    for (const { value } of ctx.lookup(byTarget, `${kind}/${target}`)) {
      entries.push({ ancestorRef: value.ancestor, conditions });
    }
  }
  if (entries.length === 0) return undefined;
  const ancestors = ancestorStatuses(entries, controllerName).map((ancestor) => ({
    ...ancestor,
    conditions: observed(ancestor.conditions, metadata.generation),
  }));
  return statusOf("BackendTLSPolicy", policy.object, { ancestors });
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
