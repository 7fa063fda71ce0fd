import type { AllowedListeners } from "../../api/gateway-api/gateway.ts";
import type { ListenerSet } from "../../api/gateway-api/listenerset.ts";
import { type ObjectKey, objectKey } from "../../api/object.ts";
import type { Collection, Context, Graph } from "../../engine/index.ts";
import { sameData } from "../equal.ts";
import { isValidSelector, matchesSelector } from "../label-selector.ts";
import { labelsOf, type NamespaceLabels } from "../namespace-labels.ts";
import type { ObjectCollections } from "../objects.ts";
import type { ManagedGateway } from "./gateways.ts";

/** A ListenerSet that names one of our Gateways as its parent. Key: `namespace/name`. */
export interface ManagedListenerSet {
  readonly object: ListenerSet;
  readonly gateway: ObjectKey;
  readonly fleet: string;
  /** Why it adds nothing to the Gateway. */
  readonly refusal?: ListenerSetRefusal;
}

/** Reason and message of the conditions of a set that the Gateway does not take. */
export interface ListenerSetRefusal {
  readonly reason: "NotAllowed" | "ParentNotAccepted";
  readonly message: string;
}

/** What sets need to know of their Gateway. */
interface SetParent {
  readonly fleet: string;
  readonly namespace: string;
  readonly isUsable: boolean;
  readonly allowed: AllowedListeners["namespaces"] | undefined;
}

/** Adds to the graph the ListenerSets of our Gateways, with the Gateway's word on each. A Gateway that changes otherwise leaves its sets alone. */
export function createListenerSets(
  graph: Graph,
  objects: ObjectCollections,
  gateways: Collection<ManagedGateway>,
  namespaceLabels: NamespaceLabels,
): Collection<ManagedListenerSet> {
  const parents = graph.derive({
    name: "listenerSetParents",
    from: gateways,
    map: ({ object: { metadata, spec }, fleet, isUsable }): SetParent => ({
      fleet,
      namespace: metadata.namespace ?? "",
      isUsable,
      allowed: spec.allowedListeners?.namespaces,
    }),
    equal: sameData,
  });
  return graph.derive({
    name: "listenerSets",
    from: objects.of("ListenerSet"),
    map: (object, _key, ctx): ManagedListenerSet | undefined => {
      const { group, kind, namespace, name } = object.spec.parentRef;
      if (group !== "gateway.networking.k8s.io" || kind !== "Gateway") return undefined;
      const gateway = objectKey(namespace ?? object.metadata.namespace, name);
      const parent = ctx.get(parents, gateway);
      if (!parent) return undefined;
      const refusal = refusalBy(parent, gateway, object.metadata.namespace ?? "", namespaceLabels, ctx);
      return { object, gateway, fleet: parent.fleet, ...(refusal ? { refusal } : {}) };
    },
    equal: sameData,
  });
}

function refusalBy(
  { isUsable, allowed, namespace }: SetParent,
  gateway: ObjectKey,
  own: string,
  namespaceLabels: NamespaceLabels,
  ctx: Context,
): ListenerSetRefusal | undefined {
  const refuse = (message: string): ListenerSetRefusal => ({ reason: "NotAllowed", message });
  if (!isUsable) {
    return { reason: "ParentNotAccepted", message: `Gateway ${gateway} is not accepted; see its conditions.` };
  }
  const from = allowed?.from ?? "None";
  if (from === "All" || (from === "Same" && own === namespace)) return undefined;
  if (from !== "Selector") {
    const who = from === "None" ? "no ListenerSets" : "ListenerSets of its own namespace only";
    return refuse(`Gateway ${gateway} allows ${who}; its spec.allowedListeners can allow others.`);
  }
  const selector = allowed?.selector;
  if (!selector || !isValidSelector(selector)) {
    return refuse(`spec.allowedListeners.namespaces.selector of Gateway ${gateway} is missing or malformed.`);
  }
  return matchesSelector(selector, labelsOf(own, namespaceLabels, ctx))
    ? undefined
    : refuse(`spec.allowedListeners of Gateway ${gateway} does not select namespace ${own}.`);
}
