import type { Collection, Context, Graph } from "../../engine/index.ts";
import { sameData } from "../equal.ts";
import { type Claim, type PolicyTarget, targetId } from "./claims.ts";
import { hasListeners, type PolicyPlaces } from "./places.ts";
import type { Precedence } from "./precedence.ts";

/** What more specific policies take away from a policy, or put themselves on top of. Names sorted. */
export interface Overrides {
  /** Listeners of the target itself that have a policy of their own. */
  readonly listeners: readonly string[];
  /** ListenerSets of the Gateway that have a policy of their own. */
  readonly listenerSets: readonly string[];
  /** Listeners of the Gateway's ListenerSets that have a policy of their own. */
  readonly listenerSetListeners: readonly string[];
  /** Routes that have a policy of their own, for all or for one rule. */
  readonly routes: readonly string[];
  /** Rules of the route that have a policy of their own. */
  readonly rules: readonly string[];
  /** Routes whose own policy is merged onto this one. */
  readonly merged: readonly string[];
}

/** Key of what is known about the policies below a target. */
export function overridesKey(policyKind: string, { kind, key, section }: PolicyTarget): string {
  return `${policyKind}>${targetId(kind, key)}#${section ?? ""}`;
}

/** More names than fit into a condition's message are of no use, and a group with thousands should not be read through at each change. */
const mostNames = 500;

interface Override {
  /** {@link overridesKey} of what is overridden. */
  readonly of: string;
  readonly field: keyof Overrides;
  readonly name: string;
}

/**
 * Adds to the graph, for each target of a policy, the more specific ones below it that have policies of the same kind. Made from
 * claims: a route without a policy of its own costs nothing here, however many there are below a Gateway with a policy.
 */
export function createOverrides(
  graph: Graph,
  claims: Collection<Claim>,
  precedence: Precedence,
  places: PolicyPlaces,
): Collection<Overrides> {
  const each = graph.expand({
    name: "policyOverridesByClaim",
    from: claims,
    map: (claim, key, ctx) =>
      [...overridden(claim, precedence, places, ctx)].map((override) => [`${key}>${override.of}`, override] as const),
    equal: sameData,
  });
  return graph.group({
    name: "policyOverrides",
    from: each,
    by: ({ of }) => of,
    compare: (a, b) => (a.value.name < b.value.name ? -1 : a.value.name > b.value.name ? 1 : 0),
    reduce: (members) => {
      const listed = members.slice(0, mostNames).map((member) => member.value);
      const names = (field: keyof Overrides) => [
        ...new Set(listed.filter((one) => one.field === field).map(({ name }) => name)),
      ];
      return {
        listeners: names("listeners"),
        listenerSets: names("listenerSets"),
        listenerSetListeners: names("listenerSetListeners"),
        routes: names("routes"),
        rules: names("rules"),
        merged: names("merged"),
      };
    },
    equal: sameData,
  });
}

function* overridden(claim: Claim, precedence: Precedence, places: PolicyPlaces, ctx: Context): Generator<Override> {
  const { kind, target } = claim;
  if (!places.isOwner(claim, precedence, ctx) || !places.hasSection(target, ctx)) return;
  const { section, ...whole } = target;
  if (hasListeners(target.kind)) {
    if (section !== undefined) yield { of: overridesKey(kind, whole), field: "listeners", name: section };
    const gateway = target.kind === "ListenerSet" ? places.gatewayOf(target, ctx) : undefined;
    if (gateway === undefined) return;
    const of = overridesKey(kind, { kind: "Gateway", key: gateway });
    if (section === undefined) yield { of, field: "listenerSets", name: target.key };
    else yield { of, field: "listenerSetListeners", name: `${target.key}/${section}` };
    return;
  }
  if (section !== undefined) yield { of: overridesKey(kind, whole), field: "rules", name: section };
  for (const { parent, listeners } of places.ofRoute(target, ctx)) {
    for (const listener of listeners) {
      const inherited = ctx.get(precedence.inherited, listener.key)?.get(kind);
      if (claim.mergeType && inherited) {
        yield { of: overridesKey(kind, inherited.target), field: "merged", name: target.key };
        continue;
      }
      const { key, gateway } = parent;
      const above: PolicyTarget[] = [
        { kind: parent.kind, key },
        { kind: parent.kind, key, section: listener.name },
      ];
      if (parent.kind !== "Gateway") above.push({ kind: "Gateway", key: gateway });
      for (const each of above) yield { of: overridesKey(kind, each), field: "routes", name: target.key };
    }
  }
}
