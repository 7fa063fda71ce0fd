import type { Listener } from "../../api/gateway-api/listener.ts";
import type { Collection, Graph, Index } from "../../engine/index.ts";
import { sameData } from "../equal.ts";
import { type DeclaredListener, isPassthrough, type ListenerModel, ownerId } from "./model.ts";

/**
 * A listener as far as routes look at it. What is said about it in its status, its certificates and whether it is served are left out: they
 * change for reasons of their own, and a Gateway may have thousands of routes.
 */
export interface RouteListener
  extends Pick<DeclaredListener, "key" | "owner" | "namespace" | "fleet" | "hostname">,
    Pick<ListenerModel, "supportedKinds"> {
  readonly listener: Pick<Listener, "name" | "port" | "protocol" | "allowedRoutes">;
  /** TLS is handed through to the backend. */
  readonly isPassthrough: boolean;
}

/** Where routes find the listeners that they ask for. */
export interface RouteListeners {
  /** By the object that declares them, see {@link ownerId}, and one by one by {@link sectionId}. */
  readonly byOwner: Index<RouteListener>;
  /** Which listeners are served, by {@link DeclaredListener.key}. Apart, so that only routes on a listener hear of it. */
  readonly served: Collection<true>;
}

/** Id of one listener among those of its owner. */
export function sectionId(owner: string, name: string): string {
  return `${owner}#${name}`;
}

/** Adds to the graph what routes need to know of listeners. */
export function createRouteListeners(graph: Graph, listeners: Collection<ListenerModel>): RouteListeners {
  const forRoutes = graph.derive({
    name: "routeListeners",
    from: listeners,
    map: ({ key, owner, namespace, fleet, hostname, supportedKinds, listener }): RouteListener => {
      const { name, port, protocol, allowedRoutes } = listener;
      return {
        ...{ key, owner, namespace, fleet, hostname, supportedKinds },
        listener: { name, port, protocol, allowedRoutes },
        isPassthrough: isPassthrough(listener),
      };
    },
    equal: sameData,
  });
  return {
    byOwner: graph.index({
      name: "routeListenersByOwner",
      from: forRoutes,
      keys: ({ owner, listener }) => [ownerId(owner), sectionId(ownerId(owner), listener.name)],
    }),
    served: graph.derive({
      name: "servedListenerKeys",
      from: listeners,
      map: ({ isProgrammed }) => (isProgrammed ? (true as const) : undefined),
      equal: sameData,
    }),
  };
}
