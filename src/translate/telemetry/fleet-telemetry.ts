import type { Collection, Context, Graph } from "../../engine/index.ts";
import { celError } from "../../schema/cel/syntax.ts";
import { type ClusterSpec, clusterOf, combinedCluster, hostCluster } from "../backends/cluster-spec.ts";
import type { Destination } from "../backends/destination.ts";
import { type ReferenceSources, resolveBackend, targetOf } from "../backends/references.ts";
import { sameData } from "../equal.ts";
import type { Fleet } from "../gateways/fleets.ts";
import type { TelemetryTarget } from "../gateways/proxy-settings.ts";
import type { Contribution } from "../routes/model.ts";
import { destinationsOf, metricsDestinations, type TelemetryDestination } from "./destinations.ts";

/** What a fleet's telemetry comes to. */
export interface FleetTelemetry {
  readonly targets: Readonly<Record<string, TelemetryTarget>>;
  readonly clusters: readonly ClusterSpec[];
  /** The EnvoyProxy that says so. */
  readonly owner?: Fleet["telemetryOwner"];
  /** Services and Backends it goes to that policies for backends target: `<kind>/<namespace>/<name>`. */
  readonly policyTargets: readonly string[];
  /** What cannot be used, each as a sentence that begins with the field. */
  readonly problems: readonly string[];
}

/** Collections about telemetry, by fleet. */
export interface TelemetryCollections {
  /** Fleets without any telemetry are left out. */
  readonly telemetry: Collection<FleetTelemetry>;
  /** Fleets with the backends of their telemetry filled in. */
  readonly fleets: Collection<Fleet>;
  /** The clusters they need. */
  readonly contributions: Collection<Contribution>;
}

/** Looks up where the telemetry of each fleet goes. Endpoints are not looked at: they come with their clusters. */
export function createTelemetry(
  graph: Graph,
  fleets: Collection<Fleet>,
  references: ReferenceSources,
): TelemetryCollections {
  const telemetry = graph.derive({
    name: "fleetTelemetry",
    from: fleets,
    map: (fleet, _key, ctx) => resolve(fleet, references, ctx),
    equal: sameData,
  });
  return {
    telemetry,
    fleets: graph.derive({
      name: "fleetsWithTelemetry",
      from: fleets,
      map: (fleet, key, ctx): Fleet => {
        const targets = ctx.get(telemetry, key)?.targets;
        if (!targets) return fleet;
        const { namespace, name } = fleet.telemetryOwner ?? {};
        const logName = namespace && name ? `${namespace}/${name}` : key;
        const serviceName = key.split("/").reverse().join(".");
        return { ...fleet, proxy: { ...fleet.proxy, telemetrySetup: { targets, logName, serviceName } } };
      },
      equal: sameData,
    }),
    contributions: graph.derive({
      name: "telemetryContributions",
      prefix: "Telemetry/",
      from: telemetry,
      map: ({ clusters }, key): Contribution => ({
        hosts: [],
        needs: clusters.map((spec) => ({ fleet: key, spec })),
      }),
      equal: sameData,
    }),
  };
}

function resolve(fleet: Fleet, references: ReferenceSources, ctx: Context): FleetTelemetry | undefined {
  const { telemetry } = fleet.proxy;
  if (!telemetry) return undefined;
  const lookup = new TargetLookup(fleet, references, ctx);
  for (const destination of destinationsOf(telemetry)) lookup.add(destination);
  for (const destination of metricsDestinations(telemetry)) lookup.add(destination);
  const { targets, clusters, policyTargets } = lookup;
  const problems = [...lookup.problems, ...expressionProblems(telemetry)];
  const isEmpty = clusters.size === 0 && problems.length === 0;
  return isEmpty
    ? undefined
    : {
        targets,
        clusters: [...clusters.values()],
        ...(fleet.telemetryOwner ? { owner: fleet.telemetryOwner } : {}),
        policyTargets: [...new Set(policyTargets)],
        problems,
      };
}

/** CEL that is no CEL; an Envoy refuses a listener with it. */
function expressionProblems({ accessLog }: NonNullable<Fleet["proxy"]["telemetry"]>): string[] {
  const settings = accessLog?.disable ? [] : (accessLog?.settings ?? []);
  return settings.flatMap(({ matches = [] }, i) =>
    matches.flatMap((expression, j) => {
      const error = celError(expression);
      const field = `spec.telemetry.accessLog.settings[${i}].matches[${j}]`;
      return error === undefined ? [] : [`${field} is not a CEL expression: ${error}.`];
    }),
  );
}

/** Follows the references of one fleet's telemetry. */
class TargetLookup {
  readonly targets: Record<string, TelemetryTarget> = {};
  readonly clusters = new Map<string, ClusterSpec>();
  readonly policyTargets: string[] = [];
  readonly problems: string[] = [];
  readonly #fleet: Fleet;
  readonly #references: ReferenceSources;
  readonly #ctx: Context;

  constructor(fleet: Fleet, references: ReferenceSources, ctx: Context) {
    this.#fleet = fleet;
    this.#references = references;
    this.#ctx = ctx;
  }

  add(destination: TelemetryDestination): void {
    const found = this.#cluster(destination);
    if (!found) return;
    this.clusters.set(found.spec.name, found.spec);
    this.targets[destination.field] = { cluster: found.spec.name, host: found.host };
  }

  #cluster(from: TelemetryDestination): { readonly spec: ClusterSpec; readonly host: string } | undefined {
    const before = this.problems.length;
    const refs = [...from.backendRefs.entries()].filter(([, { weight }]) => weight !== 0);
    if (refs.length === 0) {
      if (from.host) return { spec: hostCluster(from.host, from.port, from.protocol, []), host: from.host };
      this.problems.push(`${from.field} names no backend with a weight above 0.`);
      return undefined;
    }
    const found = refs.flatMap(([i, ref]) => this.#follow(ref, `${from.field}.backendRefs[${i}]`) ?? []);
    const [first, ...others] = found;
    if (!first || this.problems.length > before) return undefined;
    const { routingType } = this.#references.options;
    const host = first.host ?? first.object.split("/").reverse().join(".");
    if (others.length === 0) return { spec: clusterOf(first, from.protocol, routingType), host };
    const name = `telemetry/${this.#fleet.key}/${from.field.replace("spec.telemetry.", "")}`;
    const weights = refs.map(([, { weight = 1 }]) => weight);
    return {
      spec: combinedCluster(name, found, routingType, { protocol: from.protocol, weights, yields: true }),
      host,
    };
  }

  /** Whoever may write an EnvoyProxy runs the proxies, and needs no grant: as in the original. References name their namespaces. */
  #follow(ref: TelemetryDestination["backendRefs"][number], field: string): Destination | undefined {
    const { namespace = "" } = ref;
    const from = { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", namespace };
    const target = targetOf(ref, namespace);
    if (this.#references.isPolicyTarget(this.#ctx, target)) this.policyTargets.push(target);
    const resolution = resolveBackend(this.#references, from, ref, this.#ctx);
    if (resolution.isResolved) {
      return ref.fallback ? { ...resolution.destination, isFallback: true } : resolution.destination;
    }
    this.problems.push(`${field}: ${resolution.message}`);
    return undefined;
  }
}
