import type { Collection, Graph, Index } from "../../engine/index.ts";
import {
  type Condition,
  isFalse,
  isTrue,
  type ListenerStatus,
  type ObjectStatus,
  observed,
  statusOf,
} from "../conditions.ts";
import { sameData } from "../equal.ts";
import type { ManagedListenerSet } from "../gateways/listener-sets.ts";
import { type ListenerModel, ownerId } from "../listeners/model.ts";

/** What statuses of ListenerSets are computed from. */
export interface ListenerSetStatusSources {
  readonly listenerSets: Collection<ManagedListenerSet>;
  readonly listenersByOwner: Index<ListenerModel>;
  /** Number of routes on each listener. */
  readonly attachedRoutes: Collection<number>;
}

/** Statuses of ListenerSets, and what their Gateways tell of them. */
export interface ListenerSetStatuses {
  readonly statuses: Collection<ObjectStatus>;
  /** Number of accepted sets by key of their Gateway. */
  readonly attachedSets: Collection<number>;
}

interface Verdict extends ManagedListenerSet {
  readonly conditions: readonly Condition[];
  readonly listeners: readonly ListenerModel[];
}

/** Adds statuses of ListenerSets to the graph. A route that comes or goes recomputes only the set it is attached to. */
export function createListenerSetStatuses(graph: Graph, sources: ListenerSetStatusSources): ListenerSetStatuses {
  const verdicts = graph.derive({
    name: "listenerSetVerdicts",
    from: sources.listenerSets,
    map: (set, key, ctx): Verdict => {
      const order = new Map(set.object.spec.listeners.map(({ name }, i) => [name as string, i]));
      const listeners = ctx
        .lookup(sources.listenersByOwner, ownerId({ kind: "ListenerSet", key }))
        .map((member) => member.value)
        .sort((a, b) => (order.get(a.listener.name) ?? 0) - (order.get(b.listener.name) ?? 0));
      return { ...set, listeners, conditions: conditionsOf(set, listeners) };
    },
    equal: sameData,
  });
  const statuses = graph.derive({
    name: "listenerSetStatuses",
    from: verdicts,
    map: ({ object, listeners, conditions, refusal }, _key, ctx) => {
      const { generation } = object.metadata;
      const entries = listeners.map(
        (model): ListenerStatus => ({
          name: model.listener.name,
          supportedKinds: model.supportedKinds,
          attachedRoutes: ctx.get(sources.attachedRoutes, model.key) ?? 0,
          conditions: observed(model.conditions, generation),
        }),
      );
      return statusOf(object, {
        conditions: observed(conditions, generation),
        ...(refusal ? {} : { listeners: entries }),
      });
    },
    equal: sameData,
  });
  const attachedSets = graph.count({
    name: "attachedListenerSets",
    from: verdicts,
    by: ({ gateway, conditions }) =>
      conditions.some(({ type, status }) => type === "Accepted" && status === "True") ? gateway : undefined,
  });
  return { statuses, attachedSets };
}

function conditionsOf({ refusal }: ManagedListenerSet, listeners: readonly ListenerModel[]): Condition[] {
  if (refusal) {
    const { reason, message } = refusal;
    return [isFalse("Accepted", reason, message), isFalse("Programmed", reason, message)];
  }
  return [acceptance(listeners), programmed(listeners)];
}

function acceptance(listeners: readonly ListenerModel[]): Condition {
  const bad = listeners.filter((listener) => !isAccepted(listener)).map(({ listener }) => listener.name);
  if (bad.length === 0) return isTrue("Accepted", "Accepted", "The ListenerSet has been accepted");
  const message = `Not valid: ${bad.length === 1 ? "listener" : "listeners"} ${bad.join(", ")}; see status.listeners.`;
  return bad.length === listeners.length
    ? isFalse("Accepted", "ListenersNotValid", message)
    : isTrue("Accepted", "ListenersNotValid", message);
}

/** A listener that may not refer to what it refers to counts as invalid; a certificate that is missing may still come. */
function isAccepted({ conditions }: ListenerModel): boolean {
  return (
    conditions.some(({ type, status }) => type === "Accepted" && status === "True") &&
    !conditions.some(({ type, reason }) => type === "ResolvedRefs" && reason === "RefNotPermitted")
  );
}

function programmed(listeners: readonly ListenerModel[]): Condition {
  return listeners.some(({ isProgrammed }) => isProgrammed)
    ? isTrue("Programmed", "Programmed", "The listeners have been added to the Gateway")
    : isFalse("Programmed", "ListenersNotValid", "No listener can be served; see status.listeners.");
}
