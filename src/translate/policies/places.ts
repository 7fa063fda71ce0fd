import type { Gateway } from "../../api/gateway-api/gateway.ts";
import type { ListenerSet } from "../../api/gateway-api/listenerset.ts";
import type { KubeObject } from "../../api/object.ts";
import type { Collection, Context, Graph } from "../../engine/index.ts";
import type { StatusReference } from "../conditions.ts";
import { sameData } from "../equal.ts";
import type { ManagedGateway } from "../gateways/gateways.ts";
import type { ManagedListenerSet } from "../gateways/listener-sets.ts";
import type { ObjectCollections } from "../objects.ts";
import type { RouteModel } from "../routes/model.ts";
import type { RouteParent } from "../routes/route-parents.ts";
import { type Claim, type PolicyTarget, targetId } from "./claims.ts";
import type { Precedence } from "./precedence.ts";

/** A parent of a route that is ours, and the listeners on which the route is there. */
export interface RoutePlace {
  /** The parent as it stands in a policy's status. */
  readonly ancestorRef: StatusReference;
  readonly parent: RouteParent;
  readonly listeners: readonly { readonly key: string; readonly name: string }[];
}

/** Objects that declare listeners. */
export interface ListenerOwners {
  readonly gateways: Collection<ManagedGateway>;
  readonly listenerSets: Collection<ManagedListenerSet>;
}

interface ListenerSections {
  readonly gateway: string;
  /** Names of the listeners. */
  readonly names: readonly string[];
}

/** Whether the sections of objects of a kind are listeners. */
export function hasListeners(kind: string): boolean {
  return kind === "Gateway" || kind === "ListenerSet";
}

/** Tells where the targets of policies are. What changes often about Gateways and routes is left out, so that statuses of policies stay. */
export class PolicyPlaces {
  readonly #objects: ObjectCollections;
  readonly #sections: Collection<ListenerSections>;
  readonly #routes: Collection<readonly RoutePlace[]>;

  constructor(
    graph: Graph,
    objects: ObjectCollections,
    { gateways, listenerSets }: ListenerOwners,
    routes: Collection<RouteModel>,
    claims: Collection<Claim>,
  ) {
    this.#objects = objects;
    this.#sections = graph.union({
      name: "policySections",
      from: [
        graph.derive({
          name: "gatewaySections",
          prefix: "Gateway/",
          from: gateways,
          map: ({ object }, gateway): ListenerSections => ({ gateway, names: sectionsOf(object) }),
          equal: sameData,
        }),
        graph.derive({
          name: "listenerSetSections",
          prefix: "ListenerSet/",
          from: listenerSets,
          map: ({ object, gateway }): ListenerSections => ({ gateway, names: sectionsOf(object) }),
          equal: sameData,
        }),
      ],
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
    return hasListeners(kind)
      ? ctx.get(this.#sections, targetId(kind, key)) !== undefined
      : this.ofRoute({ kind, key }, ctx).length > 0;
  }

  /** Key of the Gateway that a ListenerSet adds listeners to. */
  gatewayOf({ kind, key }: PolicyTarget, ctx: Context): string | undefined {
    return ctx.get(this.#sections, targetId(kind, key))?.gateway;
  }

  /** Whether the target has the section that is meant, if one is. */
  hasSection({ kind, key, section }: PolicyTarget, ctx: Context): boolean {
    if (section === undefined) return true;
    if (hasListeners(kind)) return ctx.get(this.#sections, targetId(kind, key))?.names.includes(section) ?? false;
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

function sectionsOf({ spec }: Gateway | ListenerSet): string[] {
  return (spec.listeners ?? []).map(({ name }) => name);
}

type RouteObject = KubeObject<{ readonly rules?: readonly { readonly name?: string }[] }>;

function placesOf({ parents }: RouteModel): RoutePlace[] {
  const places = new Map<string, RoutePlace>();
  for (const { ref, parent, attachments } of parents) {
    const { group, kind, name, sectionName } = ref;
    const namespace = parent.key.slice(0, parent.key.indexOf("/"));
    const ancestorRef = { group, kind, namespace, name, ...(sectionName === undefined ? {} : { sectionName }) };
    const id = JSON.stringify(ancestorRef);
    const listeners = attachments.map(({ listener }) => ({ key: listener.key, name: listener.listener.name }));
    // Parents that differ in their port only are one ancestor.
    places.set(id, { ancestorRef, parent, listeners: [...(places.get(id)?.listeners ?? []), ...listeners] });
  }
  return [...places.values()];
}
