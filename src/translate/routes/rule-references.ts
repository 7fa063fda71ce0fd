import type { HTTPRouteFilter } from "../../api/gateway-api/httproute.ts";
import type { SessionPersistence } from "../../api/gateway-api/session-persistence.ts";
import { type ObjectKey, objectKey } from "../../api/object.ts";
import type { Collection, Context } from "../../engine/index.ts";
import {
  type ClusterSpec,
  type Combination,
  clusterOf,
  combinedCluster,
  withCredentials,
} from "../backends/cluster-spec.ts";
import type { InjectedCredential } from "../backends/credential-injection.ts";
import type { Destination } from "../backends/destination.ts";
import { type BackendReference, type ReferenceSources, resolveBackend, targetOf } from "../backends/references.ts";
import { type ExtensionFilter, isHttpRouteFilter } from "./http/extension-filter.ts";
import type { ResolvedBackend, RuleInput, RuleProblem } from "./http/rule-input.ts";
import {
  commonSession,
  type FollowedRef,
  fitInOneCluster,
  haveFallback,
  type WeightedRef,
  weightsAmongFallbacks,
  weightsOf,
} from "./one-cluster.ts";

/** The rule that refers. */
export interface RuleOwner {
  readonly kind: string;
  readonly key: ObjectKey;
  readonly namespace: string;
  readonly ruleIndex: number;
}

/** What a rule says about its backends. */
interface RuleBackends {
  readonly backendRefs?: readonly WeightedRef[];
  readonly sessionPersistence?: SessionPersistence;
}

/** What rules look things up in. */
export interface RuleSources extends ReferenceSources {
  readonly filters: Collection<ExtensionFilter>;
}

const dynamicAlone = "A DynamicResolver must be the rule's only backend, for the request's host decides where it goes.";
// What keeps requests off Envoy's own machine looks at those to backends only, and a copy goes to whatever host they name.
const dynamicBackendOnly = "A DynamicResolver can only be the backend of a rule.";

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
  readonly #sources: RuleSources;
  readonly #ctx: Context;
  /** What the rule's filters put into requests to all its backends and mirrors. Known once its {@link extensions} were followed. */
  #credentials: readonly InjectedCredential[] = [];

  constructor(owner: RuleOwner, protocol: RuleInput["protocol"], sources: RuleSources, ctx: Context) {
    this.#owner = owner;
    this.#protocol = protocol;
    this.#sources = sources;
    this.#ctx = ctx;
  }

  /** The rule's backendRefs but those of weight 0; fewer where several share one cluster, which alone can order or keep them. */
  backends(rule: RuleBackends): ResolvedBackend[] {
    const refs = rule.backendRefs ?? [];
    const followed = refs.flatMap((ref, i): FollowedRef[] => {
      const field = `backendRefs[${i}]`;
      if (ref.weight === 0) return [];
      const destination = this.#destination(ref, field);
      const isAmongOthers = destination?.isDynamic === true && refs.length > 1;
      if (isAmongOthers) this.#problem("InvalidBackendRef", field, dynamicAlone);
      return [{ ref, field, destination: isAmongOthers ? undefined : destination }];
    });
    this.lackEndpoints =
      followed.length > 0 && followed.every(({ destination }) => destination?.hasEndpoints === false);
    const destinations = followed.flatMap(({ destination }) => destination ?? []);
    this.session = rule.sessionPersistence ?? commonSession(destinations);
    if (haveFallback(destinations)) {
      const all = this.#filtersOfAll(followed);
      const credentials = [...this.#credentials, ...credentialsOf(all.extensions)];
      const weights = weightsAmongFallbacks(followed);
      // A fallback backend waits for the others to have no endpoints, so those must not be made up for.
      return [{ ...this.#combined(destinations, credentials, weights && { weights, yields: true }), ...all }];
    }
    if (this.session !== undefined && fitInOneCluster(followed, this.#protocol)) {
      return [this.#combined(destinations, this.#credentials, { weights: weightsOf(followed) })];
    }
    return followed.map((each) => this.#backend(each));
  }

  /** Targets of the mirrors among filters, by the filter's index. */
  mirrors(filters: readonly HTTPRouteFilter[], field: string): Map<number, ResolvedBackend> {
    const mirrors = new Map<number, ResolvedBackend>();
    for (const [i, { requestMirror }] of filters.entries()) {
      const mirror =
        requestMirror &&
        this.#one(requestMirror.backendRef, `${field}[${i}].requestMirror.backendRef`, {
          credentials: this.#credentials,
        });
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
      const service = externalAuth && this.#one(externalAuth.backendRef, at, { isGrpc: asksInGrpc });
      if (service) services.set(i, service);
    }
    return services;
  }

  /** HTTPRouteFilters that the rule's filters name, by the filter's index. To be followed before backends and mirrors. */
  extensions(filters: readonly HTTPRouteFilter[]): ReadonlyMap<number, ExtensionFilter> {
    const extensions = this.#extensions(filters, "filters", "UnsupportedValue");
    this.#credentials = credentialsOf(extensions);
    return extensions;
  }

  /** `reason`: that of `ResolvedRefs` where one does not exist. */
  #extensions(filters: readonly HTTPRouteFilter[], field: string, reason: string): Map<number, ExtensionFilter> {
    const extensions = new Map<number, ExtensionFilter>();
    for (const [i, { extensionRef }] of filters.entries()) {
      if (extensionRef === undefined || !isHttpRouteFilter(extensionRef)) continue;
      const key = objectKey(this.#owner.namespace, extensionRef.name);
      const extension = this.#ctx.get(this.#sources.filters, key);
      if (extension) extensions.set(i, extension);
      else this.#problem(reason, `${field}[${i}].extensionRef`, `HTTPRouteFilter ${key} does not exist.`);
    }
    return extensions;
  }

  /** What filters of a backendRef refer to. */
  #targets(filters: readonly HTTPRouteFilter[], field: string): Pick<ResolvedBackend, "mirrors" | "extensions"> {
    if (filters.length === 0) return {};
    return {
      mirrors: this.mirrors(filters, field),
      extensions: this.#extensions(filters, field, "InvalidBackendFilters"),
    };
  }

  #backend({ ref, field, destination }: FollowedRef): ResolvedBackend {
    const filters = ref.filters ?? [];
    const targets = this.#targets(filters, `${field}.filters`);
    const credentials = [...this.#credentials, ...credentialsOf(targets.extensions)];
    return {
      cluster: destination && this.#need(this.#clusterOf(destination), credentials),
      weight: ref.weight ?? 1,
      filters,
      ...(destination?.host ? { host: destination.host } : {}),
      ...(destination?.isDynamic ? { isDynamic: true } : {}),
      ...targets,
    };
  }

  /** What happens on the way to a cluster of all backends, which Envoy cannot tell apart before. */
  #filtersOfAll(followed: readonly FollowedRef[]): Pick<ResolvedBackend, "filters" | "mirrors" | "extensions"> {
    const filters: HTTPRouteFilter[] = [];
    const mirrors = new Map<number, ResolvedBackend>();
    const extensions = new Map<number, ExtensionFilter>();
    for (const { ref, field } of followed) {
      const own = this.#targets(ref.filters ?? [], `${field}.filters`);
      for (const [i, mirror] of own.mirrors ?? []) mirrors.set(filters.length + i, mirror);
      for (const [i, extension] of own.extensions ?? []) extensions.set(filters.length + i, extension);
      filters.push(...(ref.filters ?? []));
    }
    return { filters, mirrors, extensions };
  }

  #combined(
    destinations: readonly Destination[],
    credentials: readonly InjectedCredential[],
    shares: Combination = {},
  ): ResolvedBackend {
    const { kind, key, ruleIndex } = this.#owner;
    const name = `${kind.toLowerCase()}/${key}/rule/${ruleIndex}`;
    const protocol = this.#protocol === "grpc" ? "http2" : undefined;
    const cluster = combinedCluster(name, destinations, this.#sources.options.routingType, { ...shares, protocol });
    return { cluster: this.#need(cluster, credentials), weight: 1, filters: [] };
  }

  /** A single reference outside `backendRefs`, such as a mirror's. */
  #one(
    ref: BackendReference,
    field: string,
    { isGrpc, credentials = [] }: { isGrpc?: boolean; credentials?: readonly InjectedCredential[] },
  ): ResolvedBackend | undefined {
    const destination = this.#destination(ref, field);
    if (destination?.isDynamic) this.#problem("InvalidBackendRef", field, dynamicBackendOnly);
    if (!destination || destination.isDynamic) return undefined;
    return {
      cluster: this.#need(this.#clusterOf(destination, isGrpc), credentials),
      weight: 1,
      filters: [],
      ...(destination.host ? { host: destination.host } : {}),
    };
  }

  /** gRPC needs HTTP/2, whatever the Service says it speaks. */
  #clusterOf(destination: Destination, isGrpc = this.#protocol === "grpc"): ClusterSpec {
    return clusterOf(destination, isGrpc ? "http2" : destination.protocol, this.#sources.options.routingType);
  }

  #need(spec: ClusterSpec, credentials: readonly InjectedCredential[]): string {
    const cluster = withCredentials(spec, credentials);
    this.clusters.push(cluster);
    return cluster.name;
  }

  #destination(ref: BackendReference, field: string): Destination | undefined {
    const { kind, namespace } = this.#owner;
    const from = { group: "gateway.networking.k8s.io", kind, namespace };
    const resolution = resolveBackend(this.#sources, from, ref, this.#ctx);
    const target = targetOf(ref, namespace);
    if (this.#sources.isPolicyTarget(this.#ctx, target)) this.policyTargets.push(target);
    if (resolution.isResolved) return resolution.destination;
    this.#problem(resolution.reason, field, resolution.message);
    return undefined;
  }

  #problem(reason: string, field: string, message: string): void {
    const at = `spec.rules[${this.#owner.ruleIndex}].${field}`;
    this.problems.push({ condition: "ResolvedRefs", reason, field: at, message });
  }
}

/** Credentials that exist: a cluster would wait for others, and the rule is refused anyway. */
function credentialsOf(extensions: ReadonlyMap<number, ExtensionFilter> = new Map()): InjectedCredential[] {
  return [...extensions.values()].flatMap(({ credential, problems }) => (problems.length === 0 && credential) || []);
}
