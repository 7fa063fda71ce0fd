import type { Channel, Ref, Unit } from "./channel.ts";
import { type Entry, emptyAssignment, sameContent } from "./entry.ts";
import { isTableType, type ResourceType } from "./resource-types.ts";
import { tableHead } from "./route-table.ts";
import type { View } from "./view.ts";

/** What selecting has to ask of the session. */
export interface Gate {
  /** Whether a listener, table or virtual host that uses this cluster may reach the Envoy. */
  isReady(cluster: string): boolean;
  /** Whether a cluster that is not ready will be, if all goes well. */
  isExpected(cluster: string): boolean;
  /** Whether the Envoy lacks a cluster because it refuses what the store has of it. */
  isRefused(cluster: string): boolean;
  /** Whether the Envoy has this part of an extension, so that a virtual host may refer to it. */
  hasPart(part: string): boolean;
  /** Whether a part that the Envoy lacks will be there, if all goes well. */
  isPartExpected(part: string): boolean;
  /** Whether nothing that the Envoy has or gets refers to this part any more. */
  mayRemovePart(extension: string, part: string): boolean;
  /** Whether nothing in the Envoy needs this cluster any more. */
  mayRemoveCluster(cluster: string): boolean;
  /** Whether some Envoy of the fleet refused this content. */
  isSuspect(type: ResourceType, view: View, name: string, version: string): boolean;
  /** Whether a fresh table may still wait for its clusters. */
  mayTableWait(view: View): boolean;
}

/**
 * Chooses what goes into the channel's next response: the next group to be tried after a refusal, else everything
 * that differs from the store and may go. What other Envoys refused goes last and apart.
 */
export function select(channel: Channel, gate: Gate): readonly Unit[] {
  const tried = selectTrial(channel, gate);
  if (tried.length > 0) return tried;
  const units: Unit[] = [];
  const suspects: Unit[] = [];
  for (const view of channel.views.values()) {
    if (view.table !== undefined && !mayTableGo(channel, view, gate)) continue;
    for (const name of view.pending()) {
      const unit = unitOf(channel, { view, name }, gate);
      if (unit === undefined) continue;
      const isSuspect = unit.to !== undefined && gate.isSuspect(channel.type, view, name, unit.to.version);
      (isSuspect ? suspects : units).push(unit);
    }
  }
  const good = withHeads(channel, units, gate);
  return good.length > 0 ? good : withHeads(channel, suspects, gate);
}

function selectTrial(channel: Channel, gate: Gate): readonly Unit[] {
  while (channel.trials.length > 0 || channel.doubtful.length > 0) {
    if (channel.trials.length === 0) {
      channel.trials = channel.doubtful.map((ref) => [ref]);
      channel.doubtful = [];
      channel.isFinalTrial = true;
    }
    const units = (channel.trials[0] ?? []).flatMap((ref) => unitOf(channel, ref, gate) ?? []);
    const complete = withHeads(channel, units, gate);
    if (complete.length > 0) return complete;
    channel.trials.shift();
  }
  channel.isFinalTrial = false;
  return [];
}

function unitOf(channel: Channel, { view, name }: Ref, gate: Gate): Unit | undefined {
  if (!channel.has({ view, name })) return undefined;
  const from = view.sent(name);
  const to = view.stored(name) ?? lastingEndpoints(channel, { view, name }, from);
  if (sameContent(from, to) && !view.isForced(name)) return undefined;
  if (view.quarantined.get(name)?.version === (to?.version ?? "")) return undefined;
  const mayGo = to === undefined ? mayRemove(channel, view, name, gate) : isServable(channel, to, gate);
  return mayGo ? { view, name, from, to } : undefined;
}

/**
 * A cluster that Envoy has taken waits for its endpoints even if both have vanished from the store since, and holds
 * back the acknowledgement of all clusters meanwhile: it gets what it had, or an empty assignment.
 */
function lastingEndpoints(channel: Channel, { view, name }: Ref, from: Entry | undefined): Entry | undefined {
  if (channel.type !== "endpoint" || !view.isForced(name) || from?.isUnknown) return undefined;
  return from ?? emptyAssignment(name);
}

function isServable(channel: Channel, to: Entry, gate: Gate): boolean {
  if (channel.type !== "listener" && !isTableType(channel.type)) return true;
  // A listener is for thousands of routes: a cluster that Envoy refuses holds none of the others back. Connections to it are closed.
  const isIndivisible = channel.type === "listener";
  const mayGo = (cluster: string) => gate.isReady(cluster) || (isIndivisible && gate.isRefused(cluster));
  return to.clusters.every(mayGo) && to.extensions.every((part) => gate.hasPart(part));
}

/**
 * Endpoints, secrets and tables are never removed: Envoy ignores it, and unsubscribes itself when their user is gone.
 * Until then it may still use them.
 */
function mayRemove(channel: Channel, view: View, name: string, gate: Gate): boolean {
  if (channel.type === "cluster") return gate.mayRemoveCluster(name);
  if (channel.type === "listener") return true;
  if (view.table === undefined || name === tableHead) return false;
  return channel.type !== "extension" || gate.mayRemovePart(view.table, name);
}

/**
 * A fresh table waits for what its hosts need, so that none is left out of it. Listeners wait for extensions in their turn, so one that the
 * Envoy has nothing of goes at once with what may go: hosts wait for the rest.
 */
function mayTableGo(channel: Channel, view: View, gate: Gate): boolean {
  if (view.stored(tableHead) === undefined) return false;
  if (!view.isFresh) return true;
  if (channel.type === "extension" && ![...view.overrides.values()].some((form) => form?.isUnknown)) return true;
  for (const name of view.pending()) {
    const stored = view.stored(name);
    if (stored !== undefined && mayBecomeServable(stored, gate) && gate.mayTableWait(view)) return false;
  }
  return true;
}

/** Whether something that this refers to is not in the Envoy yet and on its way. */
function mayBecomeServable({ clusters, extensions }: Entry, gate: Gate): boolean {
  return (
    clusters.some((cluster) => !gate.isReady(cluster) && gate.isExpected(cluster)) ||
    extensions.some((part) => !gate.hasPart(part) && gate.isPartExpected(part))
  );
}

/** A table cannot go without its head: adds it where the Envoy has none, and drops the hosts where it may not go. */
function withHeads(channel: Channel, units: readonly Unit[], gate: Gate): readonly Unit[] {
  if (!isTableType(channel.type)) return units;
  const views = new Set<View>();
  for (const unit of units) views.add(unit.view);
  const dropped = new Set<View>();
  const heads: Unit[] = [];
  for (const view of views) {
    if (view.sent(tableHead) !== undefined && !view.sent(tableHead)?.isUnknown) continue;
    if (units.some((unit) => unit.view === view && unit.name === tableHead)) continue;
    const head = unitOf(channel, { view, name: tableHead }, gate);
    if (head === undefined) dropped.add(view);
    else heads.push(head);
  }
  return dropped.size === 0 ? [...heads, ...units] : [...heads, ...units.filter((unit) => !dropped.has(unit.view))];
}
