import type { Collection, Context, Graph, Index } from "../../engine/index.ts";
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
import { type AskedAddresses, askedAddresses } from "../gateways/asked-addresses.ts";
import type { ManagedGateway } from "../gateways/gateways.ts";
import { type ListenerModel, ownerId } from "../listeners/model.ts";
import type { FleetTelemetry } from "../telemetry/fleet-telemetry.ts";
import type { ClientTlsCollections } from "../tls/client-tls.ts";
import { isInsecureFrontend } from "../tls/frontend-tls.ts";

/** What the infrastructure tells about a fleet. Key: the fleet's. */
export interface FleetState {
  /** Where its Envoys can be reached, unless a Gateway asks for something else. */
  readonly addresses: readonly { readonly type: "IPAddress" | "Hostname"; readonly value: string }[];
  /** All IP addresses of the machine its Envoys run on. Absent: not known. */
  readonly localAddresses?: readonly string[] | undefined;
  /** Addresses that Gateways ask for and that nothing leads to. Absent: not known. */
  readonly unusableAddresses?: readonly string[] | undefined;
  readonly desired: number;
  readonly available: number;
  /** Why no Envoy is there, if that is known. */
  readonly problem?: string;
}

/** What the status of a Gateway is computed from. */
export interface GatewayStatusSources {
  readonly gateways: Collection<ManagedGateway>;
  readonly listeners: Collection<ListenerModel>;
  readonly listenersByOwner: Index<ListenerModel>;
  /** Number of ListenerSets that each Gateway takes. */
  readonly attachedSets: Collection<number>;
  /** Number of routes on each listener. */
  readonly attachedRoutes: Collection<number>;
  readonly fleetStates: Collection<FleetState>;
  /** Where the fleets' telemetry goes. */
  readonly telemetry: Collection<FleetTelemetry>;
  /** The Gateways' side of TLS towards backends. */
  readonly clientTls: ClientTlsCollections["byGateway"];
}

/** Statuses of Gateways. A route that comes or goes recomputes only the Gateway it is attached to. */
export function createGatewayStatuses(graph: Graph, sources: GatewayStatusSources): Collection<ObjectStatus> {
  const served = graph.derive({
    name: "gatewaysWithServedListeners",
    from: graph.count({
      name: "servedListenersOfGateways",
      from: sources.listeners,
      by: ({ gateway, isProgrammed }) => (isProgrammed ? gateway : undefined),
    }),
    map: () => true as const,
  });
  return graph.derive({
    name: "gatewayStatuses",
    from: sources.gateways,
    map: (gateway, key, ctx) => gatewayStatus(gateway, key, { ...sources, served }, ctx),
    equal: sameData,
  });
}

function gatewayStatus(
  gateway: ManagedGateway,
  key: string,
  sources: GatewayStatusSources & { readonly served: Collection<true> },
  ctx: Context,
): ObjectStatus {
  const { metadata, spec } = gateway.object;
  const declaredOrder = new Map((spec.listeners ?? []).map(({ name }, i) => [name as string, i]));
  const listeners = ctx
    .lookup(sources.listenersByOwner, ownerId({ kind: "Gateway", key }))
    .map((member) => member.value)
    .sort((a, b) => (declaredOrder.get(a.listener.name) ?? 0) - (declaredOrder.get(b.listener.name) ?? 0));
  const state = ctx.get(sources.fleetStates, gateway.fleet);
  const accepted = acceptance(gateway, listeners, ctx.get(sources.telemetry, gateway.fleet)?.problems ?? []);
  const asked = askedAddresses(spec, state);
  const conditions = gateway.isUsable
    ? [
        accepted,
        programmed(ctx.get(sources.served, key) === true, state, asked),
        resolvedRefs(ctx.get(sources.clientTls, key)?.unresolved, listeners),
        ...(isInsecureFrontend(gateway) ? [insecureFrontend] : []),
      ]
    : [accepted];
  const attachedSets = ctx.get(sources.attachedSets, key) ?? 0;
  const addresses = gateway.isUsable && state ? addressesOf(state, asked) : [];
  return statusOf(gateway.object, {
    ...(addresses.length > 0 ? { addresses: addresses.slice(0, 16) } : {}),
    conditions: observed(conditions, metadata.generation),
    ...(gateway.isUsable
      ? { listeners: listeners.map((listener) => listenerStatus(listener, metadata.generation, sources, ctx)) }
      : {}),
    ...(attachedSets > 0 || spec.allowedListeners ? { attachedListenerSets: attachedSets } : {}),
  });
}

const insecureFrontend = isTrue(
  "InsecureFrontendValidationMode",
  "ConfigurationChanged",
  "spec.tls.frontend has mode AllowInsecureFallback: clients without a valid certificate are let in.",
);

const allResolved = isTrue("ResolvedRefs", "ResolvedRefs", "All references have been resolved");

/** The Gateway's own references, and in a word those of its listeners. */
function resolvedRefs(unresolved: Condition | undefined, listeners: readonly ListenerModel[]): Condition {
  if (unresolved) return unresolved;
  const bad = listeners.filter(({ conditions }) =>
    conditions.some(({ type, status }) => type === "ResolvedRefs" && status === "False"),
  );
  if (bad.length === 0) return allResolved;
  const names = bad.map(({ listener }) => listener.name).join(", ");
  const message = `References of ${bad.length === 1 ? "listener" : "listeners"} ${names} are not resolved; see status.listeners.`;
  return isFalse("ResolvedRefs", "ListenersNotResolved", message);
}

function acceptance(
  gateway: ManagedGateway,
  listeners: readonly ListenerModel[],
  telemetryProblems: readonly string[],
): Condition {
  if (gateway.accepted.status !== "True") return gateway.accepted;
  if (telemetryProblems.length > 0) {
    return isFalse(
      "Accepted",
      "InvalidParameters",
      `Invalid telemetry of the EnvoyProxy: ${telemetryProblems.join(" ")}`,
    );
  }
  const bad = listeners.filter(({ isProgrammed }) => !isProgrammed).map(({ listener }) => listener.name);
  if (bad.length === 0) return gateway.accepted;
  const message = `Not served: ${bad.length === 1 ? "listener" : "listeners"} ${bad.join(", ")}; see status.listeners.`;
  return bad.length === listeners.length
    ? isFalse("Accepted", "ListenersNotValid", message)
    : isTrue("Accepted", "ListenersNotValid", message);
}

/** Addresses a Gateway asks for and can have, otherwise those of its fleet. */
function addressesOf({ addresses }: FleetState, { usable }: AskedAddresses): FleetState["addresses"] {
  return usable.length > 0 ? usable.map((value) => ({ type: "IPAddress", value })) : addresses;
}

/** `isServed`: it has a listener that can be served, of its own or of a ListenerSet. */
function programmed(isServed: boolean, state: FleetState | undefined, { unusable }: AskedAddresses): Condition {
  if (!isServed) {
    return isFalse("Programmed", "Invalid", "No listener can be served; see status.listeners.");
  }
  if (unusable.length > 0) {
    return isFalse(
      "Programmed",
      "AddressNotUsable",
      state?.localAddresses
        ? `spec.addresses: ${unusable.join(", ")} ${unusable.length === 1 ? "is no address" : "are no addresses"} of the machine Envoy runs on.`
        : `spec.addresses: nothing leads to ${unusable.join(", ")}; ask for addresses that the cluster can assign.`,
    );
  }
  if (!state || state.addresses.length === 0) {
    return isFalse(
      "Programmed",
      "AddressNotAssigned",
      state?.problem ?? "No addresses have been assigned to the Gateway",
    );
  }
  if (state.available === 0) {
    return isFalse(
      "Programmed",
      "NoResources",
      state.problem ?? `No Envoy is ready yet, 0/${state.desired} envoy replicas available`,
    );
  }
  const message = `Address assigned to the Gateway, ${state.available}/${state.desired} envoy replicas available`;
  return isTrue("Programmed", "Programmed", message);
}

function listenerStatus(
  model: ListenerModel,
  generation: number | undefined,
  sources: GatewayStatusSources,
  ctx: Context,
): ListenerStatus {
  return {
    name: model.listener.name,
    supportedKinds: model.supportedKinds,
    attachedRoutes: ctx.get(sources.attachedRoutes, model.key) ?? 0,
    conditions: observed(model.conditions, generation),
  };
}
