import type { Gateway } from "../../api/gateway-api/gateway.ts";
import type { Listener } from "../../api/gateway-api/listener.ts";
import type { ListenerSet } from "../../api/gateway-api/listenerset.ts";
import type { ObjectKey } from "../../api/object.ts";
import type { Collection, Graph } from "../../engine/index.ts";
import { sameData } from "../equal.ts";
import type { ManagedGateway } from "../gateways/gateways.ts";
import type { ManagedListenerSet } from "../gateways/listener-sets.ts";
import { normalizeHostname } from "./hostnames.ts";
import { type DeclaredListener, type ListenerOwner, protocolClasses, transportOf } from "./model.ts";

/** The listeners of every usable Gateway and of the ListenerSets attached to it, as they are written, by {@link DeclaredListener.key}. */
export function createDeclaredListeners(
  graph: Graph,
  gateways: Collection<ManagedGateway>,
  listenerSets: Collection<ManagedListenerSet>,
): Collection<DeclaredListener> {
  const ofGateways = graph.expand({
    name: "gatewayListeners",
    from: gateways,
    map: ({ isUsable, object, fleet }, key) =>
      isUsable ? declare({ kind: "Gateway", key }, object, { gateway: key, fleet }) : [],
    equal: sameData,
  });
  const ofSets = graph.expand({
    name: "listenerSetListeners",
    from: listenerSets,
    map: ({ refusal, object, gateway, fleet }, key) =>
      refusal ? [] : declare({ kind: "ListenerSet", key }, object, { gateway, fleet }),
    equal: sameData,
  });
  return graph.union({ name: "declaredListeners", from: [ofGateways, ofSets] });
}

interface ServedBy {
  readonly gateway: ObjectKey;
  readonly fleet: string;
}

function* declare(
  owner: ListenerOwner,
  { metadata, spec }: Gateway | ListenerSet,
  place: ServedBy,
): Generator<readonly [string, DeclaredListener]> {
  const isGateway = owner.kind === "Gateway";
  const prefix = isGateway ? owner.key : `${place.gateway}/${owner.key}`;
  const listeners: readonly Listener[] = spec.listeners ?? [];
  const mixed = mixedPorts(listeners);
  for (const [i, listener] of listeners.entries()) {
    const key = `${prefix}/${listener.name}`;
    yield [
      key,
      {
        key,
        ...place,
        owner,
        namespace: metadata.namespace ?? "",
        listener,
        hostname: normalizeHostname(listener.hostname),
        order: [isGateway ? "0" : "1", metadata.creationTimestamp ?? "", owner.key, String(i).padStart(4, "0")].join(
          "|",
        ),
        isMixed: mixed.has(socketOf(listener)),
      },
    ];
  }
}

/** Ports that one object uses with protocols that cannot share a port. */
function mixedPorts(listeners: readonly Listener[]): ReadonlySet<string> {
  const classes = new Map<string, string>();
  const mixed = new Set<string>();
  for (const listener of listeners) {
    const socket = socketOf(listener);
    const protocolClass = protocolClasses[listener.protocol];
    if (protocolClass === undefined) continue;
    if ((classes.get(socket) ?? protocolClass) !== protocolClass) mixed.add(socket);
    classes.set(socket, protocolClass);
  }
  return mixed;
}

/** TCP and UDP have port numbers of their own. */
const socketOf = (listener: Listener): string => `${listener.port}/${transportOf(listener)}`;
