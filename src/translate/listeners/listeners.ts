import type { Collection, Graph, Index } from "../../engine/index.ts";
import { sameData } from "../equal.ts";
import type { ManagedGateway } from "../gateways/gateways.ts";
import type { ManagedListenerSet } from "../gateways/listener-sets.ts";
import type { ReferenceGrants } from "../grants.ts";
import type { ObjectCollections } from "../objects.ts";
import type { TranslationOptions } from "../options.ts";
import { createFrontendTls, type FrontendTls } from "../tls/frontend-tls.ts";
import { type CertificateCollections, createCertificates } from "./certificates.ts";
import { createDeclaredListeners } from "./declared-listeners.ts";
import { asEntry } from "./entry-conditions.ts";
import { judge } from "./judge.ts";
import { type ListenerModel, ownerId } from "./model.ts";
import { createOverlapFinder } from "./overlaps.ts";
import { createPortAvailability } from "./port-availability.ts";
import { createPortConflicts } from "./port-conflicts.ts";

/** Collections about listeners. */
export interface ListenerCollections extends CertificateCollections {
  /** Every listener of every usable Gateway and of the ListenerSets it takes, by {@link DeclaredListener.key}. */
  readonly listeners: Collection<ListenerModel>;
  /** By the object that declares them, see {@link ownerId}. */
  readonly byOwner: Index<ListenerModel>;
  readonly frontend: FrontendTls;
}

/** Adds listeners and their verdicts to the graph. */
export function createListeners(
  graph: Graph,
  objects: ObjectCollections,
  gateways: Collection<ManagedGateway>,
  listenerSets: Collection<ManagedListenerSet>,
  grants: ReferenceGrants,
  options: Pick<TranslationOptions, "shiftPrivilegedPorts">,
): ListenerCollections {
  const declared = createDeclaredListeners(graph, gateways, listenerSets);
  const conflict = createPortConflicts(graph, declared);
  const unavailable = createPortAvailability(graph, declared, gateways, options);
  const { certificates, certificateSecrets } = createCertificates(graph, objects);
  const frontend = createFrontendTls(graph, objects, gateways, grants);
  const judged = graph.derive({
    name: "judgedListeners",
    from: declared,
    map: (listener, _key, ctx) => {
      const problem = conflict(listener, ctx) ?? unavailable(listener, ctx);
      const verdict = frontend.apply(ctx, judge(listener, problem, { certificates, grants }, ctx));
      return listener.owner.kind === "Gateway" ? verdict : asEntry(verdict);
    },
    equal: sameData,
  });
  const overlaps = createOverlapFinder(graph, judged, certificates);
  const listeners = graph.derive({
    name: "listeners",
    from: judged,
    map: (listener, _key, ctx): ListenerModel => {
      const overlap = overlaps.find(ctx, listener);
      return overlap ? { ...listener, conditions: [...listener.conditions, overlap] } : listener;
    },
    equal: sameData,
  });
  const byOwner = graph.index({ name: "listenersByOwner", from: listeners, keys: ({ owner }) => [ownerId(owner)] });
  return { listeners, byOwner, certificates, certificateSecrets, frontend };
}
