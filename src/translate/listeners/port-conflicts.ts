import type { Collection, Context, Graph } from "../../engine/index.ts";
import { type Condition, isTrue } from "../conditions.ts";
import { sameData } from "../equal.ts";
import { type DeclaredListener, type ProtocolClass, portKey, protocolClasses, transportOf } from "./model.ts";

/** Condition `Conflicted` of a listener that cannot share its port with the others there; `undefined` when it can. */
export type ConflictLookup = (listener: DeclaredListener, ctx: Context) => Condition | undefined;

/**
 * Adds the conflicts of each port to the graph. The first object (see {@link DeclaredListener.order}) that uses a port with protocols which can share
 * it decides which protocols the port has; an object that mixes them has none there, unless an earlier one has decided. Of several listeners with one
 * hostname the first keeps it. A listener hears of others only where it loses to them, so a port may have thousands.
 */
export function createPortConflicts(graph: Graph, declared: Collection<DeclaredListener>): ConflictLookup {
  const first = (
    name: string,
    from: Collection<DeclaredListener>,
    by: (listener: DeclaredListener) => string | undefined,
  ) =>
    graph.group({
      name,
      from,
      by,
      compare: (a, b) => (a.value.order < b.value.order ? -1 : 1),
      reduce: (members): PortClaim | undefined => members[0] && claimOf(members[0].value),
      equal: sameData,
    });
  const deciders = graph.group({
    name: "portDeciders",
    from: first("portClassOwners", declared, (listener) =>
      listener.isMixed ? undefined : `${socketKey(listener)}|${classOf(listener)}`,
    ),
    by: ({ socket, protocolClass }) => (protocolClass ? socket : undefined),
    compare: (a, b) => (a.value.order < b.value.order ? -1 : 1),
    reduce: (members) => members[0]?.value,
    equal: sameData,
  });
  // Apart from who decided, which hardly anybody needs to know.
  const classes = graph.derive({ name: "portClasses", from: deciders, map: ({ protocolClass }) => protocolClass });
  const contenders = graph.derive({
    name: "portContenders",
    from: declared,
    map: (listener, _key, ctx) => {
      const isOfPort = ctx.get(classes, socketKey(listener)) === classOf(listener);
      const decider = isOfPort && listener.isMixed ? ctx.get(deciders, socketKey(listener)) : undefined;
      return isOfPort && (!decider || decider.order < listener.order) ? listener : undefined;
    },
  });
  const hostnames = first("hostnameOwners", contenders, hostnameKey);
  return (listener, ctx) => {
    if (!ctx.get(contenders, listener.key)) return protocolConflict(listener);
    const owner = ctx.get(hostnames, hostnameKey(listener));
    return owner && owner.key !== listener.key ? hostnameConflict(listener, owner) : undefined;
  };
}

/** A listener as far as others may lose to it. */
interface PortClaim {
  readonly key: string;
  readonly namespace: string;
  readonly order: string;
  readonly socket: string;
  readonly protocolClass: ProtocolClass | undefined;
}

function claimOf(listener: DeclaredListener): PortClaim {
  const { key, namespace, order } = listener;
  return { key, namespace, order, socket: socketKey(listener), protocolClass: classOf(listener) };
}

const classOf = ({ listener }: DeclaredListener): ProtocolClass | undefined => protocolClasses[listener.protocol];

/** TCP and UDP have port numbers of their own. */
function socketKey({ fleet, listener }: DeclaredListener): string {
  return `${portKey(fleet, listener.port)}|${transportOf(listener)}`;
}

const hostnameKey = (listener: DeclaredListener): string => `${socketKey(listener)}|${listener.hostname}`;

function protocolConflict({ listener }: DeclaredListener): Condition {
  const message = `Port ${listener.port} is used with different protocols; give each protocol a port of its own.`;
  return isTrue("Conflicted", "ProtocolConflict", message);
}

/** Names the other listener only to those who may see it anyway. */
function hostnameConflict({ listener, hostname, namespace }: DeclaredListener, owner: PortClaim): Condition {
  const other = owner.namespace === namespace ? `listener ${owner.key}` : "another listener of the Gateway";
  if (owner.protocolClass === "tcp" || owner.protocolClass === "udp") {
    const message = `Port ${listener.port} is already served by ${other}, and ${listener.protocol} listeners cannot share a port.`;
    return isTrue("Conflicted", "ProtocolConflict", message);
  }
  const message = `Hostname ${hostname} on port ${listener.port} is already served by ${other}; choose another hostname or port.`;
  return isTrue("Conflicted", "HostnameConflict", message);
}
