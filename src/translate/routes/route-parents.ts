import type { Gateway } from "../../api/gateway-api/gateway.ts";
import type { ParentReference } from "../../api/gateway-api/references.ts";
import { type KubeObject, type ObjectKey, objectKey } from "../../api/object.ts";
import type { Collection, Context, Graph, Index } from "../../engine/index.ts";
import { sameData } from "../equal.ts";
import type { ManagedGateway } from "../gateways/gateways.ts";
import type { ManagedListenerSet } from "../gateways/listener-sets.ts";
import { type ListenerOwner, ownerId } from "../listeners/model.ts";

/** What routes are attached to: one of our Gateways, or a ListenerSet of one. Without the parts that change often. */
export interface RouteParent extends ListenerOwner {
  /** The Gateway itself, or that of the set. */
  readonly gateway: ObjectKey;
  /** False when the Gateway serves nothing; its routes then have nothing to say about it. */
  readonly isUsable: boolean;
  /** Why a ListenerSet takes no routes. */
  readonly refusal?: string;
}

/** The objects that routes can name as parents. */
export interface RouteParents {
  /** By `ownerId`. */
  readonly byId: Collection<RouteParent>;
  /** Default Gateways by `spec.defaultScope`. */
  readonly defaults: Index<Pick<Gateway, "metadata">>;
}

/** Adds the possible parents of routes to the graph. */
export function createRouteParents(
  graph: Graph,
  gateways: Collection<ManagedGateway>,
  listenerSets: Collection<ManagedListenerSet>,
): RouteParents {
  const ofGateways = graph.derive({
    name: "gatewayParents",
    prefix: "Gateway/",
    from: gateways,
    map: ({ isUsable }, key): RouteParent => ({ kind: "Gateway", key, gateway: key, isUsable }),
    equal: sameData,
  });
  const ofSets = graph.derive({
    name: "listenerSetRouteParents",
    prefix: "ListenerSet/",
    from: listenerSets,
    map: ({ gateway, refusal }, key): RouteParent => ({
      kind: "ListenerSet",
      key,
      gateway,
      isUsable: true,
      ...(refusal ? { refusal: `The ListenerSet adds nothing to its Gateway: ${refusal.message}` } : {}),
    }),
    equal: sameData,
  });
  const defaults = graph.index({
    name: "defaultGateways",
    from: graph.derive({
      name: "defaultScopes",
      from: gateways,
      map: ({ object: { metadata, spec }, isUsable }) => {
        const { name, namespace } = metadata;
        const scope = isUsable ? spec.defaultScope : undefined;
        return scope && { scope, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
      },
      equal: sameData,
    }),
    keys: ({ scope }) => [scope],
  });
  return { byId: graph.union({ name: "routeParents", from: [ofGateways, ofSets] }), defaults };
}

/** What a route says about its parents. */
export interface ParentsWanted {
  readonly parentRefs?: readonly ParentReference[] | undefined;
  readonly useDefaultGateways?: "All" | "None" | undefined;
}

/** A route's parentRefs, with one for each default Gateway that it asks for and does not name as a whole anyway. */
export function parentRefsOf(
  { spec, metadata }: KubeObject<ParentsWanted>,
  { defaults }: RouteParents,
  ctx: Context,
): readonly ParentReference[] {
  const { parentRefs: refs = [], useDefaultGateways } = spec ?? {};
  if (useDefaultGateways !== "All") return refs;
  const named = new Set(
    refs
      .filter(({ sectionName, port }) => sectionName === undefined && port === undefined)
      .map((ref) => parentId(ref, { metadata })),
  );
  const unnamed = ctx
    .lookup(defaults, useDefaultGateways)
    .map(({ value: { metadata: gateway } }) => gateway)
    .filter((gateway) => !named.has(ownerId({ kind: "Gateway", key: objectKey(gateway.namespace, gateway.name) })))
    .map(({ name, namespace }): ParentReference => {
      const where = namespace === undefined ? {} : { namespace };
      return { group: "gateway.networking.k8s.io", kind: "Gateway", name, ...where };
    });
  return [...refs, ...unnamed];
}

/** The `ownerId` of the object that a parentRef names. */
export function parentId(ref: ParentReference, { metadata }: Pick<KubeObject, "metadata">): string {
  return ownerId({ kind: ref.kind, key: objectKey(ref.namespace ?? metadata.namespace, ref.name) });
}
