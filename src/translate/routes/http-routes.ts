import type { HTTPRoute, HTTPRouteFilter, HTTPRouteRule } from "../../api/gateway-api/httproute.ts";
import { keyOf } from "../../api/object.ts";
import type { Collection, Context, Graph } from "../../engine/index.ts";
import { type ClusterSpec, clusterOf, combinedCluster } from "../backends/cluster-spec.ts";
import { type ReferenceSources, resolveBackend } from "../backends/references.ts";
import { sameData } from "../equal.ts";
import type { ObjectCollections } from "../objects.ts";
import type { PolicyLookup } from "../policies/applied-policy.ts";
import { type AttachmentSources, attach, type ParentResult } from "./attachment.ts";
import { encodeHosts } from "./encode-routes.ts";
import { translateRule } from "./http/rule.ts";
import type { ResolvedBackend, RuleProblem } from "./http/rule-input.ts";
import type { RouteModel, TranslatedRule } from "./model.ts";
import { routeStatus } from "./route-status.ts";

/** What HTTPRoutes are translated from. */
export interface HttpRouteSources {
  readonly attachment: AttachmentSources;
  readonly references: ReferenceSources;
  readonly policies: PolicyLookup;
}

/** HTTPRoutes that name one of our Gateways as parent. Key: `HTTPRoute/<namespace>/<name>`. */
export function createHttpRoutes(
  graph: Graph,
  objects: ObjectCollections,
  sources: HttpRouteSources,
): Collection<RouteModel> {
  return graph.derive({
    name: "httpRoutes",
    prefix: "HTTPRoute/",
    from: objects.of("HTTPRoute"),
    map: (route, _key, ctx) => translate(route, sources, ctx),
    equal: sameData,
  });
}

function translate(route: HTTPRoute, sources: HttpRouteSources, ctx: Context): RouteModel | undefined {
  const parents = attach(route, sources.attachment, ctx);
  if (parents.length === 0) return undefined;
  const rules = (route.spec.rules ?? []).map((rule, index) => translateOne(route, rule, index, sources, ctx));
  const { hosts, policyUses } = encodeHosts(route, parents, rules, sources.policies, ctx);
  return {
    parents,
    status: routeStatus(route, parents, rules, sources.references.options.controllerName),
    hosts,
    needs: needsOf(parents, rules),
    policyUses,
    tlsTargets: [...new Set(rules.flatMap((rule) => rule.tlsTargets))],
  };
}

function translateOne(
  route: HTTPRoute,
  rule: HTTPRouteRule,
  ruleIndex: number,
  sources: HttpRouteSources,
  ctx: Context,
): TranslatedRule {
  const resolver = new RuleReferences(route, ruleIndex, sources.references, ctx);
  const backends = resolver.backends(rule);
  const mirrors = resolver.mirrors(rule.filters ?? [], "filters");
  const externalAuth = new Map<number, ResolvedBackend>();
  for (const [i, filter] of (rule.filters ?? []).entries()) {
    const authRef = filter.externalAuth?.backendRef;
    const protocol = filter.externalAuth?.protocol === "GRPC" ? "http2" : undefined;
    const auth = authRef && resolver.one(authRef, `filters[${i}].externalAuth.backendRef`, protocol);
    if (auth) externalAuth.set(i, auth);
  }
  return {
    name: rule.name,
    translation: translateRule({ route, rule, ruleIndex, backends, mirrors, externalAuth }),
    clusters: resolver.clusters,
    tlsTargets: resolver.tlsTargets,
    referenceProblems: resolver.problems,
    lacksEndpoints: backends.length > 0 && resolver.endpointless === backends.length,
  };
}

type BackendRefs = NonNullable<HTTPRouteRule["backendRefs"]>;
type ObjectRef = {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
  readonly port?: number;
};

/** Follows the references of one rule and collects the clusters they need and the problems they have. */
class RuleReferences {
  readonly clusters: ClusterSpec[] = [];
  readonly problems: RuleProblem[] = [];
  readonly tlsTargets: string[] = [];
  /** Backends without a ready endpoint. */
  endpointless = 0;
  private readonly route: HTTPRoute;
  private readonly ruleIndex: number;
  private readonly sources: ReferenceSources;
  private readonly ctx: Context;

  constructor(route: HTTPRoute, ruleIndex: number, sources: ReferenceSources, ctx: Context) {
    this.route = route;
    this.ruleIndex = ruleIndex;
    this.sources = sources;
    this.ctx = ctx;
  }

  /** The rule's backendRefs but those of weight 0. With fallback backends all share one cluster, which alone can order them. */
  backends(rule: HTTPRouteRule): ResolvedBackend[] {
    const refs = (rule.backendRefs ?? [])
      .map((ref, i) => ({ ref, field: `backendRefs[${i}]` }))
      .filter(({ ref }) => ref.weight !== 0);
    const resolved = refs.map(({ ref, field }) => ({ ref, field, destination: this.destination(ref, field) }));
    this.endpointless = resolved.filter(({ destination }) => destination?.hasEndpoints === false).length;
    if (!resolved.some(({ destination }) => destination?.isFallback)) {
      return resolved.map(({ ref, field, destination }) => ({
        ...this.share(
          ref,
          destination && clusterOf(destination, destination.protocol, this.routing),
          destination?.host,
        ),
        ...(ref.filters ? { mirrors: this.mirrors(ref.filters, `${field}.filters`) } : {}),
      }));
    }
    const usable = resolved.flatMap(({ destination }) => destination ?? []);
    const name = `httproute/${keyOf(this.route)}/rule/${this.ruleIndex}`;
    const filters = resolved.flatMap(({ ref }) => ref.filters ?? []);
    return [{ ...this.share({ name: "", weight: 1 }, combinedCluster(name, usable, this.routing)), filters }];
  }

  /** Targets of the mirrors among filters, by the filter's index. */
  mirrors(filters: readonly HTTPRouteFilter[], field: string): Map<number, ResolvedBackend> {
    const mirrors = new Map<number, ResolvedBackend>();
    for (const [i, { requestMirror }] of filters.entries()) {
      const mirror = requestMirror && this.one(requestMirror.backendRef, `${field}[${i}].requestMirror.backendRef`);
      if (mirror) mirrors.set(i, mirror);
    }
    return mirrors;
  }

  /** A single reference outside `backendRefs`, such as a mirror's. */
  one(ref: ObjectRef, field: string, protocol?: "http2"): ResolvedBackend | undefined {
    const destination = this.destination(ref, field);
    return (
      destination &&
      this.share(
        { ...ref, weight: 1 },
        clusterOf(destination, protocol ?? destination.protocol, this.routing),
        destination.host,
      )
    );
  }

  private get routing(): "Endpoint" | "Service" {
    return this.sources.options.routingType;
  }

  private destination(ref: ObjectRef, field: string) {
    const from = {
      group: "gateway.networking.k8s.io",
      kind: "HTTPRoute",
      namespace: this.route.metadata.namespace ?? "",
    };
    const resolution = resolveBackend(this.sources, from, ref, this.ctx);
    const target = `${ref.kind ?? "Service"}/${ref.namespace ?? from.namespace}/${ref.name}`;
    if (this.sources.isTlsTarget(this.ctx, target)) this.tlsTargets.push(target);
    if (resolution.isResolved) {
      return resolution.destination;
    }
    const { reason, message } = resolution;
    this.problems.push({ condition: "ResolvedRefs", reason, field: `spec.rules[${this.ruleIndex}].${field}`, message });
    return undefined;
  }

  private share(
    ref: Pick<BackendRefs[number], "name" | "weight" | "filters">,
    cluster: ClusterSpec | undefined,
    host?: string,
  ): ResolvedBackend {
    if (cluster) this.clusters.push(cluster);
    return { cluster: cluster?.name, weight: ref.weight ?? 1, filters: ref.filters ?? [], ...(host ? { host } : {}) };
  }
}

/** Clusters by fleet: each fleet that serves the route needs all of them. */
function needsOf(parents: readonly ParentResult[], rules: readonly TranslatedRule[]): RouteModel["needs"] {
  const fleets = new Set(
    parents.flatMap((parent) =>
      parent.attachments.flatMap(({ listener }) => (listener.isProgrammed ? [listener.fleet] : [])),
    ),
  );
  const specs = new Map(rules.flatMap((rule) => rule.clusters.map((spec) => [spec.name, spec] as const)));
  return [...fleets].flatMap((fleet) => [...specs.values()].map((spec) => ({ fleet, spec })));
}
