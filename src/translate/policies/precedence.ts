import type { Collection, Context, Graph } from "../../engine/index.ts";
import type { MergeStrategy } from "../../features/merge-strategy.ts";
import { sameData } from "../equal.ts";
import type { ListenerModel } from "../listeners/model.ts";
import { type Claim, type PolicyTarget, targetId } from "./claims.ts";

/** The policy that has a target, or a section of it, to itself. */
export interface TargetOwner {
  readonly policy: string;
  readonly mergeType?: MergeStrategy;
}

/** Policies attached to one object: by kind of policy and section (empty for the whole object). */
export type AttachedPolicies = ReadonlyMap<string, ReadonlyMap<string, TargetOwner>>;

/** The closest policy of each kind that a listener has from its Gateway, with the place where it is attached. */
export type InheritedPolicies = ReadonlyMap<string, { readonly policy: string; readonly target: PolicyTarget }>;

/** Which policy governs what. */
export interface Precedence {
  /** By {@link targetId}. */
  readonly attached: Collection<AttachedPolicies>;
  /** By key of the listener. */
  readonly inherited: Collection<InheritedPolicies>;
}

/**
 * Adds precedence to the graph: of several policies with exactly the same target the oldest has it; a
 * listener's own come before those of its ListenerSet, and these before its Gateway's.
 */
export function createPrecedence(
  graph: Graph,
  claims: Collection<Claim>,
  listeners: Collection<ListenerModel>,
): Precedence {
  const attached = graph.group({
    name: "attachedPolicies",
    from: claims,
    by: ({ target }) => targetId(target.kind, target.key),
    compare: (a, b) => (a.value.order < b.value.order ? -1 : a.value.order > b.value.order ? 1 : 0),
    reduce: (members) => attachedPolicies(members.map((member) => member.value)),
    equal: sameData,
  });
  const inherited = graph.derive({
    name: "inheritedPolicies",
    from: listeners,
    map: (listener, _key, ctx) => inheritedPolicies(listener, attached, ctx),
    equal: sameData,
  });
  return { attached, inherited };
}

function attachedPolicies(claims: readonly Claim[]): AttachedPolicies {
  const result = new Map<string, Map<string, TargetOwner>>();
  for (const { kind, policy, mergeType, target } of claims) {
    const sections = result.get(kind) ?? new Map<string, TargetOwner>();
    result.set(kind, sections);
    const section = target.section ?? "";
    if (!sections.has(section)) sections.set(section, { policy, ...(mergeType ? { mergeType } : {}) });
  }
  return result;
}

/** The listener's own come first, then those of the object that declares it, then those of its Gateway. */
function inheritedPolicies(
  { gateway, owner, listener }: ListenerModel,
  attached: Collection<AttachedPolicies>,
  ctx: Context,
): InheritedPolicies | undefined {
  const levels: readonly PolicyTarget[] = [
    { ...owner, section: listener.name },
    owner,
    ...(owner.kind === "Gateway" ? [] : [{ kind: "Gateway", key: gateway }]),
  ];
  const result = new Map<string, { policy: string; target: PolicyTarget }>();
  for (const target of levels) {
    for (const [kind, sections] of ctx.get(attached, targetId(target.kind, target.key)) ?? []) {
      const closest = sections.get(target.section ?? "");
      if (closest && !result.has(kind)) result.set(kind, { policy: closest.policy, target });
    }
  }
  return result.size > 0 ? result : undefined;
}

/** Id of the result of putting one policy on top of another. */
export function mergedId(child: string, parent: string): string {
  return `${child}+${parent.slice(parent.indexOf("/") + 1)}`;
}

/**
 * Id of what is in force where a route's own policy meets the one its listener inherits: the route's own alone, or merged onto the
 * other if it asks for that; else the inherited one.
 */
export function effectiveId(own: TargetOwner | undefined, inherited: string | undefined): string | undefined {
  if (!own) return inherited;
  return own.mergeType && inherited ? mergedId(own.policy, inherited) : own.policy;
}
