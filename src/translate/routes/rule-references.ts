import type { HTTPRouteFilter } from "../../api/gateway-api/httproute.ts";
import type { SessionPersistence } from "../../api/gateway-api/session-persistence.ts";
import type { ObjectKey } from "../../api/object.ts";
import type { Context } from "../../engine/index.ts";
import { type ClusterSpec, clusterOf, combinedCluster } from "../backends/cluster-spec.ts";
import type { Destination } from "../backends/destination.ts";
import { type BackendReference, type ReferenceSources, resolveBackend } from "../backends/references.ts";
import { sameData } from "../equal.ts";
import type { ResolvedBackend, RuleInput, RuleProblem } from "./http/rule-input.ts";

/** The rule that refers. */
export interface RuleOwner {
  readonly kind: string;
  readonly key: ObjectKey;
  readonly namespace: string;
  readonly ruleIndex: number;
}

/** A backendRef of either kind of route. */
interface WeightedRef extends BackendReference {
  readonly weight?: number;
  readonly filters?: readonly HTTPRouteFilter[];
}

/** What a rule says about its backends. */
interface RuleBackends {
  readonly backendRefs?: readonly WeightedRef[];
  readonly sessionPersistence?: SessionPersistence;
}

/** A backendRef with the destination it leads to. */
interface FollowedRef {
  readonly ref: WeightedRef;
  readonly field: string;
  readonly destination: Destination | undefined;
}

/** Follows the references of one rule and collects the clusters they need and the problems they have. */
export class RuleReferences {
  readonly clusters: ClusterSpec[] = [];
  readonly problems: RuleProblem[] = [];
  /** Services and Backends it refers to that policies for backends target: `<kind>/<namespace>/<name>`. */
  readonly policyTargets: string[] = [];
  /** How sessions are kept: as the rule says, else as a policy says for all its backends alike. Known once {@link backends} were followed. */
  session: SessionPersistence | undefined;
  /** All backends exist, and none has a ready endpoint. Known once {@link backends} were followed. */
  lackEndpoints = false;
  readonly #owner: RuleOwner;
  readonly #protocol: RuleInput["protocol"];
  readonly #sources: ReferenceSources;
  readonly #ctx: Context;

  constructor(owner: RuleOwner, protocol: RuleInput["protocol"], sources: ReferenceSources, ctx: Context) {
    this.#owner = owner;
    this.#protocol = protocol;
    this.#sources = sources;
    this.#ctx = ctx;
  }

  /** The rule's backendRefs but those of weight 0; fewer where several share one cluster, which alone can order or keep them. */
  backends(rule: RuleBackends): ResolvedBackend[] {
    const followed = (rule.backendRefs ?? []).flatMap((ref, i): FollowedRef[] => {
      const field = `backendRefs[${i}]`;
      return ref.weight === 0 ? [] : [{ ref, field, destination: this.#destination(ref, field) }];
    });
    this.lackEndpoints =
      followed.length > 0 && followed.every(({ destination }) => destination?.hasEndpoints === false);
    const destinations = followed.flatMap(({ destination }) => destination ?? []);
    if (destinations.some(({ isFallback }) => isFallback)) {
      return [{ ...this.#combined(destinations), ...this.#filtersOfAll(followed) }];
    }
    this.session = rule.sessionPersistence ?? commonSession(destinations);
    if (this.session !== undefined && this.#fitInOneCluster(followed, destinations)) {
      const weights = followed.map(({ ref }) => ref.weight ?? 1);
      return [this.#combined(destinations, weights)];
    }
    return followed.map((each) => this.#backend(each));
  }

  /** Targets of the mirrors among filters, by the filter's index. */
  mirrors(filters: readonly HTTPRouteFilter[], field: string): Map<number, ResolvedBackend> {
    const mirrors = new Map<number, ResolvedBackend>();
    for (const [i, { requestMirror }] of filters.entries()) {
      const mirror = requestMirror && this.#one(requestMirror.backendRef, `${field}[${i}].requestMirror.backendRef`);
      if (mirror) mirrors.set(i, mirror);
    }
    return mirrors;
  }

  /** Services that the ExternalAuth filters ask, by the filter's index. */
  externalAuth(filters: readonly HTTPRouteFilter[], field: string): Map<number, ResolvedBackend> {
    const services = new Map<number, ResolvedBackend>();
    for (const [i, { externalAuth }] of filters.entries()) {
      const at = `${field}[${i}].externalAuth.backendRef`;
      const asksInGrpc = externalAuth?.protocol === "GRPC";
      const service = externalAuth && this.#one(externalAuth.backendRef, at, asksInGrpc);
      if (service) services.set(i, service);
    }
    return services;
  }

  #backend({ ref, field, destination }: FollowedRef): ResolvedBackend {
    const filters = ref.filters ?? [];
    return {
      cluster: destination && this.#need(this.#clusterOf(destination)),
      weight: ref.weight ?? 1,
      filters,
      ...(destination?.host ? { host: destination.host } : {}),
      ...(filters.length > 0 ? { mirrors: this.mirrors(filters, `${field}.filters`) } : {}),
    };
  }

  /** What happens on the way to a cluster of all backends, which Envoy cannot tell apart before. */
  #filtersOfAll(followed: readonly FollowedRef[]): Pick<ResolvedBackend, "filters" | "mirrors"> {
    const filters: HTTPRouteFilter[] = [];
    const mirrors = new Map<number, ResolvedBackend>();
    for (const { ref, field } of followed) {
      const own = this.mirrors(ref.filters ?? [], `${field}.filters`);
      for (const [i, mirror] of own) mirrors.set(filters.length + i, mirror);
      filters.push(...(ref.filters ?? []));
    }
    return { filters, mirrors };
  }

  #combined(destinations: readonly Destination[], weights?: readonly number[]): ResolvedBackend {
    const { kind, key, ruleIndex } = this.#owner;
    const name = `${kind.toLowerCase()}/${key}/rule/${ruleIndex}`;
    const protocol = this.#protocol === "grpc" ? "http2" : undefined;
    const cluster = combinedCluster(name, destinations, this.#sources.options.routingType, { protocol, weights });
    return { cluster: this.#need(cluster), weight: 1, filters: [] };
  }

  /** A single reference outside `backendRefs`, such as a mirror's. */
  #one(ref: BackendReference, field: string, isGrpc?: boolean): ResolvedBackend | undefined {
    const destination = this.#destination(ref, field);
    return (
      destination && {
        cluster: this.#need(this.#clusterOf(destination, isGrpc)),
        weight: 1,
        filters: [],
        ...(destination.host ? { host: destination.host } : {}),
      }
    );
  }

  /** gRPC needs HTTP/2, whatever the Service says it speaks. */
  #clusterOf(destination: Destination, isGrpc = this.#protocol === "grpc"): ClusterSpec {
    return clusterOf(destination, isGrpc ? "http2" : destination.protocol, this.#sources.options.routingType);
  }

  #need(cluster: ClusterSpec): string {
    this.clusters.push(cluster);
    return cluster.name;
  }

  #destination(ref: BackendReference, field: string): Destination | undefined {
    const { kind, namespace, ruleIndex } = this.#owner;
    const from = { group: "gateway.networking.k8s.io", kind, namespace };
    const resolution = resolveBackend(this.#sources, from, ref, this.#ctx);
    const target = `${ref.kind ?? "Service"}/${ref.namespace ?? namespace}/${ref.name}`;
    if (this.#sources.isPolicyTarget(this.#ctx, target)) this.policyTargets.push(target);
    if (resolution.isResolved) return resolution.destination;
    const { reason, message } = resolution;
    this.problems.push({ condition: "ResolvedRefs", reason, field: `spec.rules[${ruleIndex}].${field}`, message });
    return undefined;
  }

  /**
   * A session is kept by its endpoint's address, which is found only within the cluster that was chosen, so weights must choose among
   * the endpoints of one. That takes several valid backends that are spoken to alike.
   */
  #fitInOneCluster(followed: readonly FollowedRef[], destinations: readonly Destination[]): boolean {
    const [first, ...others] = destinations;
    return (
      first !== undefined &&
      others.length > 0 &&
      destinations.length === followed.length &&
      followed.every(({ ref }) => !ref.filters?.length) &&
      others.every(({ tls, isDns }) => sameData(tls, first.tls) && isDns === first.isDns) &&
      (this.#protocol === "grpc" || others.every(({ protocol }) => protocol === first.protocol))
    );
  }
}

/** Sessions of a policy, where it says the same for all destinations. */
function commonSession(destinations: readonly Destination[]): SessionPersistence | undefined {
  const [first, ...others] = destinations.map(({ traffic }) => traffic?.session);
  return others.every((session) => sameData(session, first)) ? first : undefined;
}
