import { compareAge, keyOf, type ObjectKey, objectKey } from "../../api/object.ts";
import type { Collection, Context, Graph, Index } from "../../engine/index.ts";
import { type Condition, isFalse, isTrue, type ObjectStatus, observed, type StatusReference } from "../conditions.ts";
import { sameData } from "../equal.ts";
import type { RouteModel } from "../routes/model.ts";
import { type BackendTlsCollections, type TlsPolicyModel, tlsTargetKey } from "../tls/backend-tls.ts";
import { statusOf } from "./object-statuses.ts";

/** A Gateway, or a listener of it, through which requests reach a destination. */
interface TargetUse {
  /** `<kind>/<namespace>/<name>` of the destination. */
  readonly target: string;
  readonly ancestor: StatusReference;
}

/** Statuses of BackendTLSPolicies: an ancestor for each Gateway whose routes reach one of the policy's targets. */
export function createTlsPolicyStatuses(
  graph: Graph,
  routes: Collection<RouteModel>,
  tls: BackendTlsCollections,
  controllerName: string,
): Collection<ObjectStatus> {
  const uses = graph.expand({ name: "destinationUses", from: routes, map: usesOf, equal: sameData });
  const byPair = graph.group({
    name: "destinationAncestors",
    from: uses,
    by: ({ target, ancestor }) => `${target}|${ancestorText(ancestor)}`,
    reduce: (members) => members[0]?.value,
    equal: sameData,
  });
  const byTarget = graph.index({ name: "ancestorsByDestination", from: byPair, keys: ({ target }) => [target] });
  return graph.derive({
    name: "backendTlsPolicyStatuses",
    from: tls.policies,
    map: (policy, _key, ctx) => policyStatus(policy, byTarget, tls, controllerName, ctx),
    equal: sameData,
  });
}

function* usesOf(route: RouteModel, key: string): Generator<readonly [string, TargetUse]> {
  for (const { ref, gateway, attachments } of route.parents) {
    if (attachments.length === 0) continue;
    const [namespace = "", name = ""] = gateway.split("/");
    const { group, kind, sectionName } = ref;
    const ancestor = { group, kind, namespace, name, ...(sectionName ? { sectionName } : {}) };
    for (const target of route.tlsTargets) yield [`${key}|${ancestorText(ancestor)}|${target}`, { target, ancestor }];
  }
}

const ancestorText = ({ kind, namespace, name, sectionName }: StatusReference): string =>
  `${kind}/${namespace}/${name}/${sectionName ?? ""}`;

function policyStatus(
  policy: TlsPolicyModel,
  byTarget: Index<TargetUse>,
  tls: BackendTlsCollections,
  controllerName: string,
  ctx: Context,
): ObjectStatus | undefined {
  const { metadata, spec } = policy.object;
  const ancestors = new Map<string, StatusReference>();
  let conflict: ObjectKey | undefined;
  for (const { kind, name, sectionName } of spec.targetRefs) {
    const target = objectKey(metadata.namespace, name);
    const rivals = ctx.lookup(tls.byTarget, tlsTargetKey(kind, target, sectionName ?? "")).map(({ value }) => value);
    const winner = [...rivals].sort((a, b) => compareAge(a.object, b.object))[0];
    if (winner && winner !== policy) conflict ??= keyOf(winner.object);
    for (const { value } of ctx.lookup(byTarget, `${kind}/${target}`)) {
      ancestors.set(ancestorText(value.ancestor), value.ancestor);
    }
  }
  if (ancestors.size === 0) return undefined;
  const conditions = observed(conditionsOf(policy, conflict), metadata.generation);
  return statusOf("BackendTLSPolicy", policy.object, {
    ancestors: [...ancestors.values()].map((ancestorRef) => ({ ancestorRef, controllerName, conditions })),
  });
}

function conditionsOf(policy: TlsPolicyModel, conflict: ObjectKey | undefined): Condition[] {
  if (conflict) return [isFalse("Accepted", "Conflicted", `Policy conflicts with BackendTLSPolicy ${conflict}.`)];
  const message = policy.bundle.problems.map((problem) => problem.message).join(" ");
  const reason = policy.bundle.problems[0]?.reason;
  const resolvedRefs = reason
    ? isFalse("ResolvedRefs", reason, message)
    : isTrue("ResolvedRefs", "ResolvedRefs", "Resolved all the Object references.");
  if (policy.isUsable) return [isTrue("Accepted", "Accepted", "Policy has been accepted."), resolvedRefs];
  return [
    isFalse("Accepted", "NoValidCACertificate", `No CA certificate can be used. ${message}`.trim()),
    resolvedRefs,
  ];
}
