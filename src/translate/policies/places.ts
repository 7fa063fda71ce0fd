import type { KubeObject } from "../../api/object.ts";
import type { Collection, Context, Graph } from "../../engine/index.ts";
import type { StatusReference } from "../conditions.ts";
import { sameData } from "../equal.ts";
import type { ManagedGateway } from "../gateways/gateways.ts";
import type { ObjectCollections } from "../objects.ts";
import type { RouteModel } from "../routes/model.ts";
import { type Claim, type PolicyTarget, targetId } from "./claims.ts";
import type { Precedence } from "./precedence.ts";

/** A parent of a route that is ours, and the listeners on which the route is there. */
export interface RoutePlace {
  /** The parent as it stands in a policy's status. */
  readonly ancestorRef: StatusReference;
  readonly gateway: string;
  readonly listeners: readonly { readonly key: string; readonly name: string }[];
}

/** Tells where the targets of policies are. What changes often about Gateways and routes is left out, so that statuses of policies stay. */
export class PolicyPlaces {
  readonly #objects: ObjectCollections;
  readonly #sections: Collection<readonly string[]>;
  readonly #routes: Collection<readonly RoutePlace[]>;

  constructor(
    graph: Graph,
    objects: ObjectCollections,
    gateways: Collection<ManagedGateway>,
    routes: Collection<RouteModel>,
    claims: Collection<Claim>,
  ) {
    this.#objects = objects;
    this.#sections = graph.derive({
      name: "policySections",
      from: gateways,
      map: ({ object }) => (object.spec.listeners ?? []).map(({ name }) => name),
      equal: sameData,
    });
    // Of routes that policies target, not of all.
    const targets = graph.group({
      name: "targetsOfPolicies",
      from: claims,
      by: ({ target: { kind, key } }) => targetId(kind, key),
      reduce: (_members, id) => id,
    });
    this.#routes = graph.derive({
      name: "policyPlaces",
      from: targets,
      map: (id, _key, ctx) => {
        const route = ctx.get(routes, id);
        return route && placesOf(route);
      },
      equal: sameData,
    });
  }

  /** Whether the target, without its section, exists and is ours. */
  exists({ kind, key }: PolicyTarget, ctx: Context): boolean {
    return kind === "Gateway"
      ? ctx.get(this.#sections, key) !== undefined
      : this.ofRoute({ kind, key }, ctx).length > 0;
  }

  /** Whether the target has the section that is meant, if one is. */
  hasSection({ kind, key, section }: PolicyTarget, ctx: Context): boolean {
    if (section === undefined) return true;
    if (kind === "Gateway") return ctx.get(this.#sections, key)?.includes(section) ?? false;
    const route = ctx.get(this.#objects.ofKind(kind), key) as RouteObject | undefined;
    return (route?.spec?.rules ?? []).some(({ name }) => name === section);
  }

  /** Parents of a route that are ours; none for a route that is not there. */
  ofRoute({ kind, key }: PolicyTarget, ctx: Context): readonly RoutePlace[] {
    return ctx.get(this.#routes, targetId(kind, key)) ?? [];
  }

  /** Whether the policy has its target to itself. */
  isOwner({ kind, policy, target }: Claim, { attached }: Precedence, ctx: Context): boolean {
    return (
      ctx
        .get(attached, targetId(target.kind, target.key))
        ?.get(kind)
        ?.get(target.section ?? "")?.policy === policy
    );
  }
}

type RouteObject = KubeObject<{ readonly rules?: readonly { readonly name?: string }[] }>;

function placesOf({ parents }: RouteModel): RoutePlace[] {
  const places = new Map<string, RoutePlace>();
  for (const { ref, gateway, attachments } of parents) {
    const { group, kind, name, sectionName } = ref;
    const namespace = gateway.slice(0, gateway.indexOf("/"));
    const ancestorRef = { group, kind, namespace, name, ...(sectionName === undefined ? {} : { sectionName }) };
    const id = JSON.stringify(ancestorRef);
    const listeners = attachments.map(({ listener }) => ({ key: listener.key, name: listener.listener.name }));
    // Parents that differ in their port only are one ancestor.
    places.set(id, { ancestorRef, gateway, listeners: [...(places.get(id)?.listeners ?? []), ...listeners] });
  }
  return [...places.values()];
}
