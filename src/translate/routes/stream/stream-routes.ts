import type { StreamRouteRule } from "../../../api/gateway-api/stream-rule.ts";
import type { Collection, Context, Graph } from "../../../engine/index.ts";
import type { ReferenceSources } from "../../backends/references.ts";
import { sameData } from "../../equal.ts";
import type { RouteListener } from "../../listeners/route-listeners.ts";
import type { ObjectCollections } from "../../objects.ts";
import type { PolicyLookup } from "../applied-policy.ts";
import { type AttachableRoute, type AttachmentSources, attach, type ParentResult } from "../attachment.ts";
import type { RuleProblem } from "../http/rule-input.ts";
import type { RouteModel } from "../model.ts";
import { routeStatus } from "../route-status.ts";
import { clustersOf, type ResolvedRule, resolveRule, type StreamClusters } from "./backends.ts";
import { claimsOf } from "./claims.ts";
import { EMPTY_CLUSTER, type StreamRouteModel, type StreamTarget } from "./model.ts";

/** What stream routes are translated from. */
export interface StreamRouteSources {
  readonly attachment: AttachmentSources;
  readonly references: ReferenceSources;
  readonly policies: PolicyLookup;
}

type StreamKind = "TLSRoute" | "TCPRoute" | "UDPRoute";

/** A route of one of these kinds. */
interface StreamRoute extends AttachableRoute {
  readonly spec: AttachableRoute["spec"] & { readonly rules: readonly StreamRouteRule[] };
}

/** TLSRoutes, TCPRoutes and UDPRoutes that name one of our Gateways as parent. Key: `<kind>/<namespace>/<name>`. */
export function createStreamRoutes(
  graph: Graph,
  objects: ObjectCollections,
  sources: StreamRouteSources,
): Collection<StreamRouteModel> {
  const ofKind = (kind: StreamKind, name: string): Collection<StreamRouteModel> =>
    graph.derive({
      name,
      prefix: `${kind}/`,
      from: objects.of(kind),
      map: (route, _key, ctx) => translate(route, sources, ctx),
      equal: sameData,
    });
  return graph.union({
    name: "streamRoutes",
    from: [ofKind("TLSRoute", "tlsRoutes"), ofKind("TCPRoute", "tcpRoutes"), ofKind("UDPRoute", "udpRoutes")],
  });
}

function translate(
  route: StreamRoute,
  { attachment, references, policies }: StreamRouteSources,
  ctx: Context,
): StreamRouteModel | undefined {
  const parents = attach(route, attachment, ctx);
  if (parents.length === 0) return undefined;
  const tooMany = ruleCountProblems(route);
  const isRefused = tooMany.length > 0;
  const rule = resolveRule(route, isRefused ? undefined : route.spec.rules[0], references, ctx);
  const served = isRefused ? [] : parents;
  const clustersOn = (listener: RouteListener): StreamClusters =>
    clustersOf(route, rule.shares, isRaw(listener), references.options.routingType);
  return {
    parents,
    status: routeStatus(route, parents, [statusRule(rule, tooMany)], references.options.controllerName),
    hosts: [],
    claims: claimsOf(route, served, (listener) =>
      isForbidden(route, listener, policies, ctx) ? refusal : clustersOn(listener).targets,
    ),
    needs: needsOf(served, clustersOn),
    policyUses: [],
    policyTargets: rule.policyTargets,
  };
}

/** A cluster that never exists. */
const refusal: readonly StreamTarget[] = [{ cluster: EMPTY_CLUSTER, weight: 1 }];

/** A policy that cannot be honoured refuses connections rather than let them pass unprotected. Of these kinds policies know TCPRoutes only. */
function isForbidden(
  { kind, metadata, spec }: StreamRoute,
  listener: RouteListener,
  policies: PolicyLookup,
  ctx: Context,
) {
  if (kind !== "TCPRoute") return false;
  const { namespace = "", name } = metadata;
  return policies.applied(ctx, { kind, namespace, name, ruleName: spec.rules[0]?.name }, listener).isRefused;
}

/** TLS to the backend is added neither around the client's own, nor to datagrams. */
function isRaw({ isPassthrough, listener }: RouteListener): boolean {
  return isPassthrough || listener.protocol === "UDP";
}

/** Early versions of these kinds allowed several rules, of which nobody could tell which one is meant. */
function ruleCountProblems({ spec, kind }: StreamRoute): RuleProblem[] {
  if (spec.rules.length === 1) return [];
  const message = `A ${kind} has one rule; this one has ${spec.rules.length}. Put the backends into one rule.`;
  return [{ condition: "Accepted", reason: "UnsupportedValue", field: "spec.rules", message }];
}

function statusRule({ problems, shares }: ResolvedRule, others: readonly RuleProblem[]) {
  return {
    name: undefined,
    translation: { entries: [], problems: others },
    clusters: [],
    policyTargets: [],
    referenceProblems: problems,
    lacksEndpoints: shares.length > 0 && shares.every(({ destination }) => destination?.hasEndpoints === false),
  };
}

/** Clusters by fleet: each fleet that serves the route needs those of its listeners. */
function needsOf(
  parents: readonly ParentResult[],
  clustersOn: (listener: RouteListener) => StreamClusters,
): RouteModel["needs"] {
  const needs = new Map<string, RouteModel["needs"][number]>();
  for (const { listener, isServed } of parents.flatMap((parent) => parent.attachments)) {
    if (!isServed) continue;
    const { fleet } = listener;
    for (const spec of clustersOn(listener).specs) needs.set(`${fleet}|${spec.name}`, { fleet, spec });
  }
  return [...needs.values()];
}
