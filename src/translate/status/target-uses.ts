import type { Collection, Graph, Index } from "../../engine/index.ts";
import type { StatusReference } from "../conditions.ts";
import { sameData } from "../equal.ts";
import { ancestorKey } from "../policies/ancestors.ts";
import type { PolicyTranslation } from "../policies/policy-translation.ts";
import type { PolicyUse } from "../routes/applied-policy.ts";
import type { RouteModel } from "../routes/model.ts";
import type { FleetTelemetry } from "../telemetry/fleet-telemetry.ts";

/** Through whom requests reach a destination: a Gateway, a listener of it, a policy whose feature talks to the destination itself, or an EnvoyProxy whose telemetry goes there. */
export interface TargetUse {
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
  readonly telemetry: Collection<FleetTelemetry>;
}

/** Ancestors by destination; thousands of routes through one Gateway count once. */
export function indexTargetUses(
  graph: Graph,
  { routes, policiesInForce, translations, telemetry }: TargetUseSources,
): Index<TargetUse> {
  const ofRoutes = graph.expand({ name: "destinationUses", from: routes, map: usesOfRoute, equal: sameData });
  const ofPolicies = graph.expand({
    name: "destinationUsesOfPolicies",
    from: policiesInForce,
    map: ({ id }, key, ctx) =>
      (ctx.get(translations, id)?.policyTargets ?? []).map(({ policy, target }) => {
        const ancestor = { group: "gateway.envoyproxy.io", ...policy };
        return [`Policy/${key}|${ancestorKey(ancestor)}|${target}`, { target, ancestor }] as const;
      }),
    equal: sameData,
  });
  const ofTelemetry = graph.expand({
    name: "destinationUsesOfTelemetry",
    from: telemetry,
    map: ({ owner, policyTargets }, key) =>
      owner
        ? policyTargets.map((target) => {
            const ancestor = { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", ...owner };
            return [`Telemetry/${key}|${target}`, { target, ancestor }] as const;
          })
        : [],
    equal: sameData,
  });
  const byPair = graph.group({
    name: "destinationAncestors",
    from: graph.union<TargetUse>({ name: "allDestinationUses", from: [ofRoutes, ofPolicies, ofTelemetry] }),
    by: ({ target, ancestor }) => `${target}|${ancestorKey(ancestor)}`,
    reduce: (members) => members[0]?.value,
    equal: sameData,
  });
  return graph.index({ name: "ancestorsByDestination", from: byPair, keys: ({ target }) => [target] });
}

function* usesOfRoute(route: RouteModel, key: string): Generator<readonly [string, TargetUse]> {
  for (const { ref, parent, attachments } of route.parents) {
    if (attachments.length === 0) continue;
    const [namespace = "", name = ""] = parent.gateway.split("/");
    // A section of a ListenerSet is none of its Gateway.
    const section = parent.kind === "Gateway" && ref.sectionName ? { sectionName: ref.sectionName } : {};
    const ancestor = { group: ref.group, kind: "Gateway", namespace, name, ...section };
    for (const target of route.policyTargets) yield [`${key}|${ancestorKey(ancestor)}|${target}`, { target, ancestor }];
  }
}
