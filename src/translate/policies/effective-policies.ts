import type { KubeObject } from "../../api/object.ts";
import type { Collection, Context, Graph } from "../../engine/index.ts";
import type { PolicyKind, PolicyObject } from "../../features/policy-kind.ts";
import { sameData } from "../equal.ts";
import type { RouteListeners } from "../listeners/route-listeners.ts";
import type { ObjectCollections } from "../objects.ts";
import { type ParentsWanted, parentId, parentRefsOf, type RouteParents } from "../routes/route-parents.ts";
import { type Claim, policiesOf, targetId } from "./claims.ts";
import { mergedId, type Precedence } from "./precedence.ts";

/** A policy as it is in force somewhere: as written, or put on top of another of its kind. */
export interface EffectivePolicy {
  readonly policy: PolicyObject;
  /** The more general policy that `policy` is merged onto. */
  readonly parent?: PolicyObject;
}

/** Where merged policies come about. */
export interface EffectiveSources {
  readonly objects: ObjectCollections;
  readonly claims: Collection<Claim>;
  readonly precedence: Precedence;
  readonly routeListeners: RouteListeners;
  readonly parents: RouteParents;
}

/** Adds to the graph every policy of the kinds as written, and each pair that is merged for some listener of a route. Key: id of the result. */
export function createEffectivePolicies(
  graph: Graph,
  kinds: readonly PolicyKind[],
  sources: EffectiveSources,
): Collection<EffectivePolicy> {
  const written = graph.union({
    name: "policies",
    from: kinds.map((kind) => {
      const name = kind.definition.kind;
      return graph.expand<PolicyObject, PolicyObject>({
        name: `${name}ById`,
        from: policiesOf(sources.objects, kind),
        map: (policy, key) => [[targetId(name, key), policy] as const],
      });
    }),
  });
  const pairs = graph.group({
    name: "mergedPairs",
    from: graph.expand({
      name: "mergedPairsByClaim",
      from: sources.claims,
      map: (claim, key, ctx) =>
        [...parentsOf(claim, sources, ctx)].map(
          (parent) => [`${key}+${parent}`, { child: claim.policy, parent }] as const,
        ),
      equal: sameData,
    }),
    by: ({ child, parent }) => mergedId(child, parent),
    reduce: (members) => members[0]?.value,
    equal: sameData,
  });
  const merged = graph.derive({
    name: "mergedPolicies",
    from: pairs,
    map: ({ child, parent }, _key, ctx): EffectivePolicy | undefined => {
      const policy = ctx.get(written, child);
      const base = ctx.get(written, parent);
      return policy && base && { policy, parent: base };
    },
    equal: (a, b) => a.policy === b.policy && a.parent === b.parent,
  });
  const alone = graph.derive({
    name: "writtenPolicies",
    from: written,
    map: (policy): EffectivePolicy => ({ policy }),
    equal: (a, b) => a.policy === b.policy,
  });
  return graph.union({ name: "effectivePolicies", from: [alone, merged] });
}

/** Policies that a merging policy may meet on the listeners which its route names as parents. */
function parentsOf({ kind, mergeType, target }: Claim, sources: EffectiveSources, ctx: Context): ReadonlySet<string> {
  const parents = new Set<string>();
  if (!mergeType || !target.kind.endsWith("Route")) return parents;
  const route = ctx.get(sources.objects.ofKind(target.kind), target.key) as KubeObject<ParentsWanted> | undefined;
  if (!route) return parents;
  for (const ref of parentRefsOf(route, sources.parents, ctx)) {
    for (const { key } of ctx.lookup(sources.routeListeners.byOwner, parentId(ref, route))) {
      const parent = ctx.get(sources.precedence.inherited, key)?.get(kind)?.policy;
      if (parent !== undefined) parents.add(parent);
    }
  }
  return parents;
}
