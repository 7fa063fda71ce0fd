import type { StreamRouteRule } from "../../../api/gateway-api/stream-rule.ts";
import { type KubeObject, keyOf } from "../../../api/object.ts";
import type { Context } from "../../../engine/index.ts";
import { type ClusterSpec, type StreamShare, streamCluster } from "../../backends/cluster-spec.ts";
import type { Destination } from "../../backends/destination.ts";
import { type ReferenceSources, resolveBackend, targetOf } from "../../backends/references.ts";
import { sameData } from "../../equal.ts";
import type { RuleProblem } from "../http/rule-input.ts";
import type { StreamTarget } from "./model.ts";

/** The backends of a rule, as far as they could be found. */
export interface ResolvedRule {
  readonly shares: readonly StreamShare[];
  readonly problems: readonly RuleProblem[];
  /** Services and Backends that policies for backends target: `<kind>/<namespace>/<name>`. */
  readonly policyTargets: readonly string[];
}

/** Follows the backendRefs of a rule, those of weight 0 left out. */
export function resolveRule(
  route: KubeObject,
  rule: StreamRouteRule | undefined,
  sources: ReferenceSources,
  ctx: Context,
): ResolvedRule {
  const namespace = route.metadata.namespace ?? "";
  const from = { group: "gateway.networking.k8s.io", kind: route.kind, namespace };
  const shares: StreamShare[] = [];
  const problems: RuleProblem[] = [];
  const policyTargets: string[] = [];
  for (const [i, ref] of (rule?.backendRefs ?? []).entries()) {
    if (ref.weight === 0) continue;
    const target = targetOf(ref, namespace);
    if (sources.isPolicyTarget(ctx, target)) policyTargets.push(target);
    const found = resolveBackend(sources, from, ref, ctx);
    shares.push({ destination: found.isResolved ? found.destination : undefined, weight: ref.weight ?? 1 });
    if (!found.isResolved) {
      const { reason, message } = found;
      problems.push({ condition: "ResolvedRefs", reason, field: `spec.rules[0].backendRefs[${i}]`, message });
    }
  }
  return { shares, problems, policyTargets: [...new Set(policyTargets)] };
}

/** Clusters of a rule and how connections are shared out among them. */
export interface StreamClusters {
  readonly specs: readonly ClusterSpec[];
  readonly targets: readonly StreamTarget[];
}

/**
 * Puts the backends of a rule into one cluster, or, since a cluster speaks TLS to all of its endpoints or to none, into one for each
 * kind of TLS that is asked for.
 * @param isEncrypted connections arrive encrypted and stay so: no TLS is added around them
 */
export function clustersOf(
  route: KubeObject,
  shares: readonly StreamShare[],
  isEncrypted: boolean,
  routing: "Endpoint" | "Service",
): StreamClusters {
  const base = `${route.kind.toLowerCase()}/${keyOf(route)}/rule/-1`;
  const name = isEncrypted && shares.some(({ destination }) => destination?.tls) ? `${base}/passthrough` : base;
  const hasSessions = route.kind === "UDPRoute";
  const groups: StreamShare[][] = [];
  for (const share of shares) {
    const own = { ...share, destination: share.destination && forStream(share.destination, isEncrypted) };
    const group = groups.find((others) => isAlike(others, own));
    if (group) group.push(own);
    else groups.push([own]);
  }
  if (groups.length === 0) groups.push([]);
  const specs = groups.map((group, i) =>
    streamCluster(i === 0 ? name : `${name}/tls/${i}`, group, { routing, hasSessions }),
  );
  const targets = groups.map((group, i) => ({
    cluster: specs[i]?.name ?? name,
    weight: group.reduce((sum, { weight }) => sum + weight, 0),
  }));
  return { specs, targets };
}

/** No request tells the server's name here, so where nobody gives it, it is that of the Backend. */
function forStream({ tls, ...rest }: Destination, isEncrypted: boolean): Destination {
  if (!tls || isEncrypted) return rest;
  if (tls.sni || tls.sniFromEndpoint || rest.kind !== "Backend" || !rest.host) return { ...rest, tls };
  return { ...rest, tls: { ...tls, sni: rest.host } };
}

/** A share that is refused can be in any cluster. */
function isAlike(others: readonly StreamShare[], { destination }: StreamShare): boolean {
  const known = others.find((other) => other.destination)?.destination;
  return !known || !destination || sameData(known.tls, destination.tls);
}
