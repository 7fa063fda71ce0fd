import type { KubeObject, ObjectKey } from "../api/object.ts";
import { type Change, type Collection, type CommitReport, Graph, type Source } from "../engine/index.ts";
import { policyKinds } from "../features/kinds.ts";
import { assembleDestinations, assembleGateways, assembleRoutes } from "./assemble.ts";
import type { ObjectStatus } from "./conditions.ts";
import { sameData } from "./equal.ts";
import type { Fleet } from "./gateways/fleets.ts";
import type { HeldFleet } from "./gateways/held-fleets.ts";
import type { ProxySettings } from "./gateways/proxy-settings.ts";
import { supportedFeatures } from "./gateways/supported-features.ts";
import { createFleetPorts, type FleetPortModel } from "./listeners/fleet-ports.ts";
import { createObjectCollections, type ObjectCollections } from "./objects.ts";
import type { TranslationOptions } from "./options.ts";
import { FleetChanges } from "./outputs.ts";
import { createPolicyStatuses } from "./policies/policy-statuses.ts";
import type { FleetChange } from "./resources.ts";
import { createOverlaps } from "./routes/overlaps.ts";
import { createGatewayStatuses, type FleetState } from "./status/gateway-status.ts";
import { createListenerSetStatuses } from "./status/listener-set-status.ts";
import { createBackendStatuses, createClassStatuses, createProxyStatuses } from "./status/object-statuses.ts";
import { indexTargetUses } from "./status/target-uses.ts";
import { createTlsPolicyStatuses } from "./status/tls-policy-status.ts";
import { createTrafficPolicyStatuses } from "./status/traffic-policy-status.ts";
import { type EnvoyRejection, Statuses } from "./statuses.ts";
import { type StatsSink, statsSinks } from "./telemetry/metrics.ts";

/** A fleet to run, with the ports it serves. */
export interface PlannedFleet extends Fleet {
  readonly ports: readonly FleetPortModel[];
  /** Where its Envoys send their statistics. */
  readonly statsSinks: readonly StatsSink[];
}

/** What one commit changed at the ends of the graph. */
export interface TranslationChanges {
  /** xDS changes by fleet. */
  readonly xds: ReadonlyMap<string, FleetChange>;
  /** Keyed `<kind>/<object key>`. */
  readonly statuses: readonly Change<ObjectStatus>[];
  readonly fleets: readonly Change<PlannedFleet>[];
  readonly heldFleets: readonly Change<HeldFleet>[];
  readonly report: CommitReport;
}

/**
 * The whole translation: objects are written in, `commit` brings everything that follows up to date and tells what changed.
 * The cost of a commit follows the change, not the number of objects.
 */
export class Translation {
  readonly graph = new Graph();
  readonly statuses: Statuses;
  /** Fleets to run, by key. */
  readonly fleets: Collection<PlannedFleet>;
  /**
   * Fleets to leave as they are, by key, for as long as they are here. Those among `fleets` as well are translated, for their statuses' sake, but
   * not as anybody meant them.
   */
  readonly heldFleets: Collection<HeldFleet>;
  /** The objects as they were written. */
  readonly objects: ObjectCollections;
  private readonly fleetStates: Source<FleetState>;
  private readonly xds: FleetChanges;
  private fleetChanges: Change<PlannedFleet>[] = [];
  private heldFleetChanges: Change<HeldFleet>[] = [];

  /** `kinds`: every kind whose objects are written; `baseProxy`: settings of all fleets unless an EnvoyProxy says otherwise. */
  constructor(options: TranslationOptions, kinds: readonly string[], baseProxy: ProxySettings = {}) {
    const { graph } = this;
    const { controllerName } = options;
    const objects = createObjectCollections(graph, kinds);
    this.objects = objects;
    this.fleetStates = graph.source<FleetState>("fleetStates", { equal: sameData });
    const gateways = assembleGateways(graph, objects, options, baseProxy);
    const destinations = assembleDestinations(graph, objects, options, gateways);
    const { routes, policies, policiesInForce, outputs, telemetry } = assembleRoutes(
      graph,
      objects,
      options,
      gateways,
      destinations,
    );
    const attachedRoutes = graph.count({
      name: "attachedRoutes",
      from: routes,
      by: ({ parents }) => new Set(parents.flatMap((parent) => parent.attachments.map(({ listener }) => listener.key))),
    });
    const uses = indexTargetUses(graph, { routes, policiesInForce, translations: policies.translations, telemetry });
    const listenerSets = createListenerSetStatuses(graph, {
      listenerSets: gateways.listenerSets,
      listenersByOwner: gateways.byOwner,
      attachedRoutes,
    });
    this.statuses = new Statuses(graph, {
      routes,
      overlaps: createOverlaps(graph, outputs.virtualHosts),
      others: [
        createClassStatuses(graph, gateways.classes, [...supportedFeatures, ...options.platformFeatures].sort()),
        createGatewayStatuses(graph, {
          gateways: gateways.gateways,
          listeners: gateways.listeners,
          listenersByOwner: gateways.byOwner,
          attachedSets: listenerSets.attachedSets,
          attachedRoutes,
          fleetStates: this.fleetStates,
          clientTls: gateways.clientTls.byGateway,
          telemetry,
        }),
        listenerSets.statuses,
        createTlsPolicyStatuses(graph, uses, destinations.tls, controllerName),
        createTrafficPolicyStatuses(graph, objects, uses, destinations.traffic, controllerName),
        ...createPolicyStatuses(graph, policyKinds, {
          objects,
          policies,
          owners: gateways,
          routes,
          controllerName,
        }),
        createBackendStatuses(graph, destinations.backends),
        createProxyStatuses(graph, objects, gateways.classes, gateways.gateways, controllerName),
      ],
    });
    const ports = createFleetPorts(graph, gateways.listeners);
    this.fleets = graph.derive({
      name: "plannedFleets",
      from: gateways.fleets,
      map: (fleet, key, ctx): PlannedFleet => ({
        ...fleet,
        ports: ctx.get(ports, key) ?? [],
        statsSinks: statsSinks(fleet, telemetry, ctx),
      }),
      equal: sameData,
    });
    this.heldFleets = gateways.heldFleets;
    this.xds = new FleetChanges(graph, outputs);
    graph.watch(this.fleets, (changes) => void this.fleetChanges.push(...changes));
    graph.watch(this.heldFleets, (changes) => void this.heldFleetChanges.push(...changes));
  }

  /** Puts, replaces or (with `undefined`) removes an object; takes effect with the next {@link commit}. */
  write(kind: string, key: ObjectKey, object: KubeObject | undefined): void {
    this.objects.write(kind, key, object);
  }

  /** Tells what the infrastructure knows about a fleet. */
  setFleetState(fleet: string, state: FleetState | undefined): void {
    if (state) this.fleetStates.set(fleet, state);
    else this.fleetStates.delete(fleet);
  }

  /** Tells that an Envoy refused what was made from an object (`Kind namespace/name`), or no longer does. */
  setRejection(object: string, rejection: EnvoyRejection | undefined): void {
    this.statuses.setRejection(object, rejection);
  }

  /** Brings everything up to date with what was written and returns what changed since the last commit. */
  commit(): TranslationChanges {
    const report = this.graph.commit();
    const fleets = this.fleetChanges;
    const heldFleets = this.heldFleetChanges;
    this.fleetChanges = [];
    this.heldFleetChanges = [];
    return { xds: this.xds.take(), statuses: this.statuses.take(), fleets, heldFleets, report };
  }
}
