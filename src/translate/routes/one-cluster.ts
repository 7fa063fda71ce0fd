/** When backends of a rule share a cluster, which alone can order them or find a session's endpoint among them; and their weights in it. */
import type { HTTPRouteFilter } from "../../api/gateway-api/httproute.ts";
import type { SessionPersistence } from "../../api/gateway-api/session-persistence.ts";
import type { Destination } from "../backends/destination.ts";
import type { BackendReference } from "../backends/references.ts";
import { sameData } from "../equal.ts";
import type { RuleInput } from "./http/rule-input.ts";

/** A backendRef of either kind of route. */
export interface WeightedRef extends BackendReference {
  readonly weight?: number;
  readonly filters?: readonly HTTPRouteFilter[];
}

/** A backendRef with the destination it leads to. */
export interface FollowedRef {
  readonly ref: WeightedRef;
  readonly field: string;
  readonly destination: Destination | undefined;
}

/** Whether a backend waits for the others to have no endpoints. A DynamicResolver has none that could be missing. */
export function haveFallback(destinations: readonly Destination[]): boolean {
  return destinations.some(({ isFallback, isDynamic }) => isFallback && !isDynamic);
}

/** Weights of the valid backends, for a cluster of them all. */
export function weightsOf(followed: readonly FollowedRef[]): number[] {
  return followed.flatMap(({ ref, destination }) => (destination ? (ref.weight ?? 1) : []));
}

/**
 * Weights where fallback backends wait for others; none where each priority has but one backend, whose endpoints then keep their zones.
 */
export function weightsAmongFallbacks(followed: readonly FollowedRef[]): number[] | undefined {
  const fallbacks = followed.flatMap(({ destination }) => destination?.isFallback ?? []);
  const isShared = fallbacks.length > new Set(fallbacks).size;
  return isShared ? weightsOf(followed) : undefined;
}

/** Sessions of a policy, where it says the same for all backends that take requests first. */
export function commonSession(destinations: readonly Destination[]): SessionPersistence | undefined {
  const foremost = destinations.filter(({ isFallback }) => !isFallback);
  const [first, ...others] = (foremost.length > 0 ? foremost : destinations).map(({ traffic }) => traffic?.session);
  return others.every((session) => sameData(session, first)) ? first : undefined;
}

/**
 * A session is kept by its endpoint's address, which is found only within the cluster that was chosen, so weights must choose among
 * the endpoints of one. That takes several valid backends that are spoken to alike.
 */
export function fitInOneCluster(followed: readonly FollowedRef[], protocol: RuleInput["protocol"]): boolean {
  const destinations = followed.flatMap(({ destination }) => destination ?? []);
  const [first, ...others] = destinations;
  return (
    first !== undefined &&
    others.length > 0 &&
    destinations.length === followed.length &&
    followed.every(({ ref }) => !ref.filters?.length) &&
    others.every(({ tls, isDns }) => sameData(tls, first.tls) && isDns === first.isDns) &&
    (protocol === "grpc" || others.every((other) => other.protocol === first.protocol))
  );
}
