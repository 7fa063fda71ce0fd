import type { Collection, Context, Graph } from "../../engine/index.ts";
import { type Condition, isTrue } from "../conditions.ts";
import { sameData } from "../equal.ts";
import { type DeclaredListener, portKey, protocolClasses, transportOf } from "./model.ts";

/** Condition `Conflicted` of a listener that cannot share its port with the others there; `undefined` when it can. */
export type ConflictLookup = (listener: DeclaredListener, ctx: Context) => Condition | undefined;

/** Adds the conflicts of each port to the graph. */
export function createPortConflicts(graph: Graph, declared: Collection<DeclaredListener>): ConflictLookup {
  const conflicts = graph.group({
    name: "portConflicts",
    from: declared,
    by: socketKey,
    reduce: (members) => conflictsOnPort(members.map((member) => member.value)),
    equal: sameData,
  });
  return (declared, ctx) => ctx.get(conflicts, socketKey(declared))?.get(declared.key);
}

/** TCP and UDP have port numbers of their own. */
function socketKey({ fleet, listener }: DeclaredListener): string {
  return `${portKey(fleet, listener.port)}|${transportOf(listener)}`;
}

/**
 * Conflicts among the listeners of one port. Different protocol classes cannot share a port: all of them are told. Of listeners of one
 * class with the same hostname (in different Gateways of a merged fleet, or HTTPS and TLS in one) the first keeps it.
 */
function conflictsOnPort(listeners: readonly DeclaredListener[]): ReadonlyMap<string, Condition> {
  const result = new Map<string, Condition>();
  const classes = new Set(
    listeners.map(({ listener }) => protocolClasses[listener.protocol]).filter((c) => c !== undefined),
  );
  const owners = new Map<string, string>();
  for (const declared of [...listeners].sort((a, b) => (a.order < b.order ? -1 : 1))) {
    const { key, listener, hostname } = declared;
    if (classes.size > 1) {
      const message = `Port ${listener.port} is used with different protocols; give each protocol a port of its own.`;
      result.set(key, isTrue("Conflicted", "ProtocolConflict", message));
      continue;
    }
    const owner = owners.get(hostname);
    if (owner === undefined) owners.set(hostname, key);
    else {
      const message = `Hostname ${hostname} on port ${listener.port} is already served by listener ${owner}; choose another hostname or port.`;
      result.set(key, isTrue("Conflicted", "HostnameConflict", message));
    }
  }
  return result;
}
