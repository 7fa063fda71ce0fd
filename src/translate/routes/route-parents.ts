import type { Gateway } from "../../api/gateway-api/gateway.ts";
import type { ObjectKey } from "../../api/object.ts";
import type { Collection, Graph, Index } from "../../engine/index.ts";
import { sameData } from "../equal.ts";
import type { ManagedGateway } from "../gateways/gateways.ts";
import type { ManagedListenerSet } from "../gateways/listener-sets.ts";
import type { ListenerOwner } from "../listeners/model.ts";

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
