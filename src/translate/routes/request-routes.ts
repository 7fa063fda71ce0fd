import { keyOf } from "../../api/object.ts";
import { type Collection, type Context, compact, type Graph } from "../../engine/index.ts";
import { sameData } from "../equal.ts";
import type { ObjectCollections } from "../objects.ts";
import type { PolicyLookup } from "./applied-policy.ts";
import { type AttachmentSources, attach, type ParentResult } from "./attachment.ts";
import { encodeHosts } from "./encode-routes.ts";
import { translateRule } from "./http/rule.ts";
import type { RouteRule } from "./http/rule-input.ts";
import type { RouteModel, TranslatedRule } from "./model.ts";
import { routeStatus } from "./route-status.ts";
import { RuleReferences, type RuleSources } from "./rule-references.ts";

/** What HTTPRoutes and GRPCRoutes are translated from. */
export interface RequestRouteSources {
  readonly attachment: AttachmentSources;
  readonly references: RuleSources;
  readonly policies: PolicyLookup;
}

/**
 * Routes for requests that name one of our Gateways as parent: HTTPRoutes, and GRPCRoutes, whose calls are HTTP requests as well.
 * Key: `<kind>/<namespace>/<name>`.
 */
export function createRequestRoutes(
  graph: Graph,
  objects: ObjectCollections,
  sources: RequestRouteSources,
): Collection<RouteModel> {
  const http = graph.derive({
    name: "httpRoutes",
    prefix: "HTTPRoute/",
    from: objects.of("HTTPRoute"),
    map: (route, _key, ctx) =>
      translate(
        route,
        (route.spec.rules ?? []).map((rule) => ({ protocol: "http", route, rule })),
        sources,
        ctx,
      ),
    equal: sameData,
  });
  const grpc = graph.derive({
    name: "grpcRoutes",
    prefix: "GRPCRoute/",
    from: objects.of("GRPCRoute"),
    map: (route, _key, ctx) =>
      translate(
        route,
        (route.spec.rules ?? []).map((rule) => ({ protocol: "grpc", route, rule })),
        sources,
        ctx,
      ),
    equal: sameData,
  });
  return graph.union({ name: "requestRoutes", from: [http, grpc] });
}

function translate(
  route: RouteRule["route"],
  routeRules: readonly RouteRule[],
  sources: RequestRouteSources,
  ctx: Context,
): RouteModel | undefined {
  const parents = attach(route, sources.attachment, ctx);
  if (parents.length === 0) return undefined;
  const rules = routeRules.map((rule, index) => translateOne(rule, index, sources, ctx));
  const { hosts, policyUses } = encodeHosts(route, parents, rules, sources.policies, ctx);
  return {
    parents,
    status: routeStatus(route, parents, rules, sources.references.options.controllerName),
    hosts,
    needs: needsOf(parents, rules),
    policyUses,
    policyTargets: compact([...new Set(rules.flatMap((rule) => rule.policyTargets))]),
  };
}

function translateOne(
  routeRule: RouteRule,
  ruleIndex: number,
  sources: RequestRouteSources,
  ctx: Context,
): TranslatedRule {
  const { rule, route, protocol } = routeRule;
  const owner = { kind: route.kind, key: keyOf(route), namespace: route.metadata.namespace ?? "", ruleIndex };
  const references = new RuleReferences(owner, protocol, sources.references, ctx);
  const filters = rule.filters ?? [];
  const extensions = references.extensions(filters);
  const targets = {
    ruleIndex,
    extensions,
    backends: references.backends(rule),
    mirrors: references.mirrors(filters, "filters"),
    externalAuth: references.externalAuth(filters, "filters"),
  };
  return {
    name: rule.name,
    translation: translateRule({ ...routeRule, ...targets, session: references.session }),
    clusters: references.clusters,
    policyTargets: references.policyTargets,
    referenceProblems: references.problems,
    lacksEndpoints: references.lackEndpoints,
  };
}

/** Clusters by fleet: each fleet that serves the route needs all of them. */
function needsOf(parents: readonly ParentResult[], rules: readonly TranslatedRule[]): RouteModel["needs"] {
  const fleets = new Set(
    parents.flatMap((parent) =>
      parent.attachments.flatMap(({ listener, isServed }) => (isServed ? [listener.fleet] : [])),
    ),
  );
  const specs = new Map(rules.flatMap((rule) => rule.clusters.map((spec) => [spec.name, spec] as const)));
  return compact([...fleets].flatMap((fleet) => [...specs.values()].map((spec) => ({ fleet, spec }))));
}
