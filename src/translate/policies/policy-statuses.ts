import type { Collection, Context, Graph } from "../../engine/index.ts";
import type { PolicyKind } from "../../features/policy-kind.ts";
import type { ObjectStatus, StatusReference } from "../conditions.ts";
import { sameData } from "../equal.ts";
import type { ObjectCollections } from "../objects.ts";
import type { RouteModel } from "../routes/model.ts";
import { type AncestorConditions, ancestorKey, policyStatus } from "./ancestors.ts";
import type { Claim, PolicyTarget } from "./claims.ts";
import { createOverrides, type Overrides, overridesKey } from "./overrides.ts";
import { hasListeners, type ListenerOwners, PolicyPlaces } from "./places.ts";
import type { PolicyCollections } from "./policies.ts";
import {
  conflicted,
  mergedWith,
  overrideConditions,
  targetNotFound,
  translationConditions,
} from "./policy-conditions.ts";
import { mergedId } from "./precedence.ts";

/** What statuses of policies follow from. */
export interface PolicyStatusSources {
  readonly objects: ObjectCollections;
  readonly policies: PolicyCollections;
  readonly owners: ListenerOwners;
  readonly routes: Collection<RouteModel>;
  readonly controllerName: string;
}

interface PolicyAncestor extends AncestorConditions {
  /** Id of the policy. */
  readonly policy: string;
}

/**
 * Statuses of policies, a collection for each kind: an ancestor for each Gateway (or listener) a policy is attached to, directly or through a route. A policy whose
 * targets do not exist, or are somebody else's, has none.
 */
export function createPolicyStatuses(
  graph: Graph,
  kinds: readonly PolicyKind[],
  sources: PolicyStatusSources,
): readonly Collection<ObjectStatus>[] {
  const { claims, precedence } = sources.policies;
  const places = new PolicyPlaces(graph, sources.objects, sources.owners, sources.routes, claims);
  const overrides = createOverrides(graph, claims, precedence, places);
  const plurals = new Map(kinds.map((kind) => [kind.definition.kind, kind.pluralName]));
  const judge = new ClaimJudge(sources.policies, places, overrides, plurals);
  const verdicts = graph.expand({
    name: "policyAncestorsByClaim",
    from: claims,
    map: (claim, key, ctx) =>
      judge
        .ancestors(claim, ctx)
        .map((entry, i): readonly [string, PolicyAncestor] => [`${key}|${i}`, { policy: claim.policy, ...entry }]),
    equal: sameData,
  });
  // A policy that chooses thousands of routes says the same about each: equal verdicts count once.
  const distinct = graph.group({
    name: "policyAncestors",
    from: verdicts,
    by: ({ policy, ancestorRef, conditions }) =>
      [policy, ancestorKey(ancestorRef), JSON.stringify(conditions)].join("\0"),
    reduce: (members) => members[0]?.value,
    equal: sameData,
  });
  return kinds.map(({ definition: { kind } }) =>
    graph.group({
      name: `${kind}Statuses`,
      from: distinct,
      by: ({ policy }) => (policy.startsWith(`${kind}/`) ? policy.slice(kind.length + 1) : undefined),
      reduce: (members, key, ctx) => {
        const policy = ctx.get(sources.objects.ofKind(kind), key);
        return (
          policy &&
          policyStatus(
            policy,
            members.map((member) => member.value),
            sources.controllerName,
          )
        );
      },
      equal: sameData,
    }),
  );
}

/** Says what becomes of a policy at each ancestor of one of its targets. */
class ClaimJudge {
  readonly #policies: PolicyCollections;
  readonly #places: PolicyPlaces;
  readonly #overrides: Collection<Overrides>;
  readonly #plurals: ReadonlyMap<string, string>;

  constructor(
    policies: PolicyCollections,
    places: PolicyPlaces,
    overrides: Collection<Overrides>,
    plurals: ReadonlyMap<string, string>,
  ) {
    this.#policies = policies;
    this.#places = places;
    this.#overrides = overrides;
    this.#plurals = plurals;
  }

  ancestors(claim: Claim, ctx: Context): AncestorConditions[] {
    const { kind, target } = claim;
    if (!this.#places.exists(target, ctx)) return [];
    const refusal = !this.#places.hasSection(target, ctx)
      ? targetNotFound(target)
      : this.#places.isOwner(claim, this.#policies.precedence, ctx)
        ? undefined
        : conflicted(kind, target);
    if (refusal) return this.#ancestorRefs(target, ctx).map((ancestorRef) => ({ ancestorRef, conditions: [refusal] }));
    const entries =
      target.kind.endsWith("Route") && claim.mergeType
        ? this.#merged(claim, ctx)
        : this.#alone(claim, this.#ancestorRefs(target, ctx), ctx);
    const overridden = overrideConditions(
      this.#plurals.get(kind) ?? kind,
      target,
      ctx.get(this.#overrides, overridesKey(kind, target)),
    );
    return entries.map(({ ancestorRef, conditions: [accepted, ...others] }) => ({
      ancestorRef,
      conditions: [...(accepted ? [accepted] : []), ...overridden, ...others],
    }));
  }

  #ancestorRefs(target: PolicyTarget, ctx: Context): StatusReference[] {
    if (!hasListeners(target.kind)) return this.#places.ofRoute(target, ctx).map(({ ancestorRef }) => ancestorRef);
    const separator = target.key.indexOf("/");
    return [
      {
        group: "gateway.networking.k8s.io",
        kind: target.kind,
        namespace: target.key.slice(0, separator),
        name: target.key.slice(separator + 1),
        ...(target.section === undefined ? {} : { sectionName: target.section }),
      },
    ];
  }

  /** The policy as it is written. */
  #alone({ policy }: Claim, ancestorRefs: readonly StatusReference[], ctx: Context): AncestorConditions[] {
    const { accepted, warnings } = translationConditions(ctx.get(this.#policies.translations, policy));
    return ancestorRefs.map((ancestorRef) => ({ ancestorRef, conditions: [accepted, ...warnings] }));
  }

  /** The policy on top of what each listener inherits; where there is nothing to be merged with, as it is written. */
  #merged(claim: Claim, ctx: Context): AncestorConditions[] {
    const { precedence, translations } = this.#policies;
    return this.#places.ofRoute(claim.target, ctx).flatMap(({ ancestorRef, listeners }) => {
      const entries = listeners.flatMap((listener): AncestorConditions[] => {
        const parent = ctx.get(precedence.inherited, listener.key)?.get(claim.kind)?.policy;
        if (parent === undefined) return [];
        const { accepted, warnings } = translationConditions(ctx.get(translations, mergedId(claim.policy, parent)));
        return [
          {
            ancestorRef: { ...ancestorRef, sectionName: listener.name },
            conditions: [accepted, mergedWith(parent), ...warnings],
          },
        ];
      });
      const isWhole = listeners.length > 0 && entries.length === listeners.length;
      return isWhole ? entries : [...entries, ...this.#alone(claim, [ancestorRef], ctx)];
    });
  }
}
