import { objectKey } from "../../api/object.ts";
import type { Collection, Graph } from "../../engine/index.ts";
import type { PolicyKind } from "../../features/policy-kind.ts";
import type { ReferenceSources } from "../backends/references.ts";
import { sameData } from "../equal.ts";
import type { ListenerModel } from "../listeners/model.ts";
import type { RouteListeners } from "../listeners/route-listeners.ts";
import type { NamespaceLabels } from "../namespace-labels.ts";
import type { ObjectCollections } from "../objects.ts";
import { extensionPartRef } from "../resources.ts";
import { type AppliedPolicies, noPolicies, type PolicyLookup } from "../routes/applied-policy.ts";
import type { RouteParents } from "../routes/route-parents.ts";
import { type Claim, createClaims, targetId } from "./claims.ts";
import { createEffectivePolicies } from "./effective-policies.ts";
import type { PolicyTranslation } from "./policy-translation.ts";
import { createPrecedence, effectiveId, type Precedence } from "./precedence.ts";
import { translatePolicy } from "./translate-policy.ts";

/** What policies are attached to, and what their features look up. */
export interface PolicySources {
  readonly objects: ObjectCollections;
  readonly references: ReferenceSources;
  readonly listeners: Collection<ListenerModel>;
  readonly routeListeners: RouteListeners;
  readonly parents: RouteParents;
  readonly namespaceLabels: NamespaceLabels;
}

/** Collections about policies that routes are made from; statuses need them as well. */
export interface PolicyCollections {
  readonly claims: Collection<Claim>;
  readonly precedence: Precedence;
  /** By id of the effective policy. */
  readonly translations: Collection<PolicyTranslation>;
  readonly lookup: PolicyLookup;
}

/** Adds policies of the given kinds to the graph, up to what they mean for a route. */
export function createPolicies(graph: Graph, kinds: readonly PolicyKind[], sources: PolicySources): PolicyCollections {
  const { objects, references, listeners, routeListeners, parents, namespaceLabels } = sources;
  const claims = createClaims(graph, kinds, { objects, grants: references.grants, namespaceLabels });
  const precedence = createPrecedence(graph, claims, listeners);
  const effective = createEffectivePolicies(graph, kinds, { objects, claims, precedence, routeListeners, parents });
  const byKind = new Map(kinds.map((kind) => [kind.definition.kind, kind]));
  const translations = graph.derive({
    name: "policyTranslations",
    from: effective,
    map: (policy, id, ctx) => {
      const kind = byKind.get(policy.policy.kind);
      return kind && translatePolicy(kind, policy, id, { references, configMaps: objects.of("ConfigMap") }, ctx);
    },
    equal: sameData,
  });
  // Apart from the translation, so that routes stay as they are when only clusters or parts of filters change.
  const forRoutes = graph.derive({
    name: "policiesForRoutes",
    from: translations,
    map: ({ problems, perFilterConfig, parts }, id): AppliedPolicies => ({
      perFilterConfig,
      isRefused: problems.length > 0,
      ids: [id],
      extensions: parts.map(({ filter }) => extensionPartRef(filter, id)),
    }),
    equal: sameData,
  });
  const kindNames = kinds.map((kind) => kind.definition.kind);
  return { claims, precedence, translations, lookup: lookupIn(kindNames, precedence, forRoutes) };
}

function lookupIn(
  kinds: readonly string[],
  precedence: Precedence,
  policies: Collection<AppliedPolicies>,
): PolicyLookup {
  return {
    applied(ctx, target, listener) {
      const attached = ctx.get(precedence.attached, targetId(target.kind, objectKey(target.namespace, target.name)));
      const inherited = ctx.get(precedence.inherited, listener.key);
      if (!attached && !inherited) return noPolicies;
      const applied = kinds.flatMap((kind) => {
        const sections = attached?.get(kind);
        const own = (target.ruleName === undefined ? undefined : sections?.get(target.ruleName)) ?? sections?.get("");
        const id = effectiveId(own, inherited?.get(kind)?.policy);
        return id === undefined ? [] : (ctx.get(policies, id) ?? []);
      });
      return applied.reduce(together, noPolicies);
    },
  };
}

function together(a: AppliedPolicies, b: AppliedPolicies): AppliedPolicies {
  if (a === noPolicies) return b;
  return {
    perFilterConfig: new Map([...a.perFilterConfig, ...b.perFilterConfig]),
    isRefused: a.isRefused || b.isRefused,
    ids: [...a.ids, ...b.ids],
    extensions: [...a.extensions, ...b.extensions],
  };
}
