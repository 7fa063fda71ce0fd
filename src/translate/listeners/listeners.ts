import { objectKey } from "../../api/object.ts";
import type { Collection, Context, Graph, Index } from "../../engine/index.ts";
import { type Condition, isFalse, isTrue } from "../conditions.ts";
import { sameData } from "../equal.ts";
import type { ManagedGateway } from "../gateways/gateways.ts";
import type { ReferenceGrants } from "../grants.ts";
import { isValidSelector } from "../label-selector.ts";
import type { ObjectCollections } from "../objects.ts";
import { allowedKinds, isSupportedProtocol } from "./allowed-routes.ts";
import { createServerCertificates, resolveCertificates, type ServerCertificate } from "./certificates.ts";
import { normalizeHostname } from "./hostnames.ts";
import { type DeclaredListener, type ListenerModel, protocolClasses } from "./model.ts";
import { createOverlapFinder } from "./overlaps.ts";

/** Collections about listeners. */
export interface ListenerCollections {
  /** Every listener of every usable Gateway, by {@link DeclaredListener.key}. */
  readonly listeners: Collection<ListenerModel>;
  readonly byGateway: Index<ListenerModel>;
  readonly certificates: Collection<ServerCertificate>;
}

/** Key of a port of a fleet: listeners with the same key share one Envoy listener. */
export function portKey(fleet: string, port: number): string {
  return `${fleet}|${port}`;
}

/** Adds listeners and their verdicts to the graph. */
export function createListeners(
  graph: Graph,
  objects: ObjectCollections,
  gateways: Collection<ManagedGateway>,
  grants: ReferenceGrants,
): ListenerCollections {
  const declared = graph.expand({
    name: "declaredListeners",
    from: gateways,
    map: (gateway, key) => declare(gateway, key),
    equal: sameData,
  });
  const conflicts = graph.group({
    name: "portConflicts",
    from: declared,
    by: ({ fleet, listener }) => portKey(fleet, listener.port),
    reduce: (members) => conflictsOnPort(members.map((member) => member.value)),
    equal: sameData,
  });
  const certificates = createServerCertificates(graph, objects);
  const judged = graph.derive({
    name: "judgedListeners",
    from: declared,
    map: (listener, _key, ctx) => {
      const conflict = ctx.get(conflicts, portKey(listener.fleet, listener.listener.port))?.get(listener.key);
      return judge(listener, conflict, { certificates, grants }, ctx);
    },
    equal: sameData,
  });
  const overlaps = createOverlapFinder(graph, judged, certificates);
  const listeners = graph.derive({
    name: "listeners",
    from: judged,
    map: (listener, _key, ctx): ListenerModel => {
      const overlap = overlaps.find(ctx, listener);
      return overlap ? { ...listener, conditions: [...listener.conditions, overlap], isHttp2Safe: false } : listener;
    },
    equal: sameData,
  });
  const byGateway = graph.index({ name: "listenersByGateway", from: listeners, keys: ({ gateway }) => [gateway] });
  return { listeners, byGateway, certificates };
}

function* declare(gateway: ManagedGateway, gatewayKey: string): Generator<readonly [string, DeclaredListener]> {
  if (!gateway.isUsable) return;
  const { metadata, spec } = gateway.object;
  for (const [i, listener] of (spec.listeners ?? []).entries()) {
    const key = `${gatewayKey}/${listener.name}`;
    yield [
      key,
      {
        key,
        gateway: gatewayKey,
        namespace: metadata.namespace ?? "",
        fleet: gateway.fleet,
        listener,
        hostname: normalizeHostname(listener.hostname),
        order: [metadata.creationTimestamp ?? "", gatewayKey, String(i).padStart(4, "0")].join("|"),
      },
    ];
  }
}

/**
 * Conflicts among the listeners of one port. Different protocol classes cannot share a port: all of them are told. Listeners of
 * one class with the same hostname come from different Gateways of a merged fleet (one Gateway cannot have them): the first keeps it.
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
    const claim = `${listener.protocol}|${hostname}`;
    const owner = owners.get(claim);
    if (owner === undefined) owners.set(claim, key);
    else {
      const message = `Hostname ${hostname} on port ${listener.port} is already served by listener ${owner}; choose another hostname or port.`;
      result.set(key, isTrue("Conflicted", "HostnameConflict", message));
    }
  }
  return result;
}

interface JudgeSources {
  readonly certificates: Collection<ServerCertificate>;
  readonly grants: ReferenceGrants;
}

const programmed: readonly Condition[] = [
  isTrue("Programmed", "Programmed", "Sending translated listener configuration to the data plane"),
  isTrue("Accepted", "Accepted", "Listener has been successfully translated"),
];
const resolved = isTrue("ResolvedRefs", "ResolvedRefs", "Listener references have been resolved");
const notProgrammed = isFalse("Programmed", "Invalid", "The listener is not served; its other conditions say why.");

function judge(
  declared: DeclaredListener,
  conflict: Condition | undefined,
  sources: JudgeSources,
  ctx: Context,
): ListenerModel {
  const { listener, namespace } = declared;
  const base = { ...declared, supportedKinds: allowedKinds(listener).supported, certificates: [], isHttp2Safe: true };
  const reject = (...conditions: readonly Condition[]): ListenerModel => ({ ...base, conditions, isProgrammed: false });
  if (!isSupportedProtocol(listener.protocol)) {
    const message = `Protocol ${listener.protocol} is not supported; use HTTP or HTTPS.`;
    return reject(isFalse("Accepted", "UnsupportedProtocol", message), notProgrammed, resolved);
  }
  if (conflict) return reject(conflict, notProgrammed, resolved);
  const kindProblem = invalidKinds(declared);
  if (kindProblem) return reject(notProgrammed, kindProblem);
  const invalid = invalidSettings(declared);
  if (invalid)
    return reject(isFalse("Accepted", "Invalid", invalid), isFalse("Programmed", "Invalid", invalid), resolved);
  if (listener.protocol !== "HTTPS") return { ...base, conditions: [...programmed, resolved], isProgrammed: true };
  const { certificates, problem } = resolveCertificates(
    listener,
    namespace,
    { ...sources, referrerKind: "Gateway" },
    ctx,
  );
  if (certificates.length === 0) return reject(notProgrammed, ...programmed.slice(1), problem ?? resolved);
  return { ...base, certificates, conditions: [...programmed, problem ?? resolved], isProgrammed: true };
}

function invalidKinds({ listener }: DeclaredListener): Condition | undefined {
  const { invalid } = allowedKinds(listener);
  if (invalid.length === 0) return undefined;
  const names = invalid.map(({ group, kind }) => objectKey(group, kind)).join(", ");
  return isFalse(
    "ResolvedRefs",
    "InvalidRouteKinds",
    `allowedRoutes.kinds: ${names} cannot be carried by protocol ${listener.protocol}.`,
  );
}

/** What the schema cannot say about a listener; a sentence, or `undefined` if all is well. */
function invalidSettings({ listener }: DeclaredListener): string | undefined {
  const namespaces = listener.allowedRoutes?.namespaces;
  if (namespaces?.from === "Selector" && !namespaces.selector) {
    return "allowedRoutes.namespaces.selector is needed when from is Selector.";
  }
  if (namespaces?.selector && !isValidSelector(namespaces.selector)) {
    return "allowedRoutes.namespaces.selector is malformed: In and NotIn need values, Exists and DoesNotExist must have none.";
  }
  if (listener.protocol !== "HTTPS")
    return listener.tls ? `tls is not allowed with protocol ${listener.protocol}.` : undefined;
  if (!listener.tls) return "tls is needed with protocol HTTPS.";
  if (listener.tls.mode === "Passthrough")
    return "tls.mode Passthrough is not possible with protocol HTTPS; use protocol TLS.";
  return listener.tls.certificateRefs?.length ? undefined : "tls.certificateRefs needs at least one certificate.";
}
