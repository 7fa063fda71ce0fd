import { keyOf, objectKey } from "../../api/object.ts";
import type { Collection, Context, Graph, Index } from "../../engine/index.ts";
import type { MergeStrategy } from "../../features/merge-strategy.ts";
import type { PolicyKind, PolicyObject } from "../../features/policy-kind.ts";
import { sameData } from "../equal.ts";
import type { ReferenceGrants } from "../grants.ts";
import { matchesSelector } from "../label-selector.ts";
import { labelsOf, type NamespaceLabels } from "../namespace-labels.ts";
import type { ObjectCollections } from "../objects.ts";

const gatewayApiGroup = "gateway.networking.k8s.io";

/** What a policy is attached to: an object, or a part of it. */
export interface PolicyTarget {
  readonly kind: string;
  readonly key: string;
  /** Listener of a Gateway, rule of a route. Absent: all of it. */
  readonly section?: string;
}

/** A policy's wish to govern a target, whether or not the target exists and nobody older has it. */
export interface Claim {
  /** Kind of the policy. */
  readonly kind: string;
  /** Id of the policy: `<kind>/<namespace>/<name>`. */
  readonly policy: string;
  /** Older policies have the smaller ones. */
  readonly order: string;
  readonly mergeType?: MergeStrategy;
  readonly target: PolicyTarget;
}

/** Id of an object among objects of all kinds. */
export function targetId(kind: string, key: string): string {
  return `${kind}/${key}`;
}

/** What claims are made from. */
export interface ClaimSources {
  readonly objects: ObjectCollections;
  readonly grants: ReferenceGrants;
  readonly namespaceLabels: NamespaceLabels;
}

/** Policies of a kind as they are written. */
export function policiesOf(objects: ObjectCollections, kind: PolicyKind): Collection<PolicyObject> {
  // The registry validated each object against the kind's schema, which has the fields of all policies.
  return objects.ofKind(kind.definition.kind) as Collection<PolicyObject>;
}

/**
 * Adds to the graph what policies claim, by name and by labels. Claims by labels are made per target, so that a changed route costs a look at
 * the policies with selectors and not at other routes.
 */
export function createClaims(graph: Graph, kinds: readonly PolicyKind[], sources: ClaimSources): Collection<Claim> {
  return graph.union({ name: "policyClaims", from: kinds.flatMap((kind) => claimsOfKind(graph, kind, sources)) });
}

function claimsOfKind(graph: Graph, kind: PolicyKind, sources: ClaimSources): Collection<Claim>[] {
  const name = kind.definition.kind;
  const policies = policiesOf(sources.objects, kind);
  const byTargetKind = graph.index({
    name: `${name}ByTargetKind`,
    from: policies,
    keys: ({ spec }) =>
      (spec?.targetSelectors ?? []).filter(({ group }) => group === gatewayApiGroup).map((selector) => selector.kind),
  });
  const chosen = kind.targetKinds.map((targetKind) =>
    graph.expand({
      name: `${name}Choosing${targetKind}`,
      from: sources.objects.ofKind(targetKind),
      map: (target, key, ctx) =>
        claimsBySelector(kind, { ...target.metadata, kind: targetKind, key }, byTargetKind, sources, ctx),
      equal: sameData,
    }),
  );
  const named = graph.expand({
    name: `${name}Targets`,
    from: policies,
    map: (policy) => claimsByName(policy),
    equal: sameData,
  });
  return [...chosen, named];
}

function* claimsByName(policy: PolicyObject): Generator<readonly [string, Claim]> {
  const { targetRef, targetRefs = [] } = policy.spec ?? {};
  for (const ref of targetRef ? [targetRef] : targetRefs) {
    if (ref.group !== gatewayApiGroup) continue;
    const key = objectKey(policy.metadata.namespace, ref.name);
    yield claim(policy, { kind: ref.kind, key, ...(ref.sectionName ? { section: ref.sectionName } : {}) });
  }
}

interface Candidate {
  readonly kind: string;
  readonly key: string;
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

function* claimsBySelector(
  kind: PolicyKind,
  candidate: Candidate,
  policies: Index<PolicyObject>,
  sources: ClaimSources,
  ctx: Context,
): Generator<readonly [string, Claim]> {
  for (const { value: policy } of ctx.lookup(policies, candidate.kind)) {
    const selects = (policy.spec?.targetSelectors ?? []).some(
      (selector) =>
        selector.group === gatewayApiGroup &&
        selector.kind === candidate.kind &&
        matchesSelector(selector, candidate.labels ?? {}) &&
        reaches(policy, selector.namespaces, candidate, sources, ctx),
    );
    const from = {
      group: kind.definition.group,
      kind: kind.definition.kind,
      namespace: policy.metadata.namespace ?? "",
    };
    const to = {
      group: gatewayApiGroup,
      kind: candidate.kind,
      namespace: candidate.namespace ?? "",
      name: candidate.name,
    };
    // Whoever may not choose an object is not told that it is there.
    if (selects && sources.grants.allows(ctx, from, to))
      yield claim(policy, { kind: candidate.kind, key: candidate.key });
  }
}

type SelectorNamespaces = NonNullable<NonNullable<PolicyObject["spec"]>["targetSelectors"]>[number]["namespaces"];

function reaches(
  policy: PolicyObject,
  namespaces: SelectorNamespaces,
  candidate: Candidate,
  sources: ClaimSources,
  ctx: Context,
): boolean {
  const from = namespaces?.from ?? "Same";
  if (from === "All") return true;
  if (from === "Same") return candidate.namespace === policy.metadata.namespace;
  const labels = labelsOf(candidate.namespace ?? "", sources.namespaceLabels, ctx);
  return namespaces?.selector !== undefined && matchesSelector(namespaces.selector, labels);
}

function claim(policy: PolicyObject, target: PolicyTarget): readonly [string, Claim] {
  const { creationTimestamp = "", namespace = "", name } = policy.metadata;
  const id = targetId(policy.kind, keyOf(policy));
  const mergeType = policy.spec?.mergeType;
  return [
    `${id}>${targetId(target.kind, target.key)}#${target.section ?? ""}`,
    {
      kind: policy.kind,
      policy: id,
      order: [creationTimestamp, namespace, name].join("\0"),
      ...(mergeType ? { mergeType } : {}),
      target,
    },
  ];
}
