import type { KubeObject, ObjectKey } from "../api/object.ts";
import { type Change, type Collection, type CommitReport, Graph, type Source } from "../engine/index.ts";
import type { FleetChange } from "../xds/resources.ts";
import { createBackends } from "./backends/backends.ts";
import { createClusters } from "./backends/clusters.ts";
import type { ReferenceSources } from "./backends/references.ts";
import { createServices } from "./backends/services.ts";
import type { ObjectStatus } from "./conditions.ts";
import { sameData } from "./equal.ts";
import { createFleetPorts, createFleets, type Fleet, type FleetPortModel } from "./gateways/fleets.ts";
import { createGatewayClasses } from "./gateways/gateway-classes.ts";
import { createGateways } from "./gateways/gateways.ts";
import type { ProxySettings } from "./gateways/proxy-settings.ts";
import { createReferenceGrants } from "./grants.ts";
import { createEnvoyListeners } from "./listeners/envoy-listeners.ts";
import { createListeners } from "./listeners/listeners.ts";
import { createObjectCollections, type ObjectCollections } from "./objects.ts";
import type { TranslationOptions } from "./options.ts";
import { FleetChanges } from "./outputs.ts";
import { noPolicies } from "./policies/applied-policy.ts";
import { routeFilterSlots } from "./routes/http/filter-slots.ts";
import { createHttpRoutes } from "./routes/http-routes.ts";
import { createTables } from "./routes/tables.ts";
import { createVirtualHosts } from "./routes/virtual-hosts.ts";
import { createSecrets } from "./secrets.ts";
import { createGatewayStatuses, type FleetState } from "./status/gateway-status.ts";
import { createBackendStatuses, createClassStatuses, createProxyStatuses } from "./status/object-statuses.ts";
import { createRouteStatuses, type EnvoyRejection } from "./status/route-status.ts";
import { createTlsPolicyStatuses } from "./status/tls-policy-status.ts";
import { createBackendTls } from "./tls/backend-tls.ts";

/** A fleet to run, with the ports it serves. */
export interface PlannedFleet extends Fleet {
  readonly ports: readonly FleetPortModel[];
}

/** What one commit changed at the ends of the graph. */
export interface TranslationChanges {
  /** xDS changes by fleet. */
  readonly xds: ReadonlyMap<string, FleetChange>;
  readonly statuses: readonly Change<ObjectStatus>[];
  readonly fleets: readonly Change<PlannedFleet>[];
  readonly report: CommitReport;
}

/**
 * The whole translation: objects are written in, `commit` brings everything that follows up to date and tells what changed.
 * The cost of a commit follows the change, not the number of objects.
 */
export class Translation {
  readonly graph = new Graph();
  /** Every status, keyed `<kind>/<object key>`. */
  readonly statuses: Collection<ObjectStatus>;
  /** Fleets to run, by key. */
  readonly fleets: Collection<PlannedFleet>;
  /** The objects as they were written. */
  readonly objects: ObjectCollections;
  private readonly fleetStates: Source<FleetState>;
  private readonly rejections: Source<EnvoyRejection>;
  private readonly xds: FleetChanges;
  private statusChanges: Change<ObjectStatus>[] = [];
  private fleetChanges: Change<PlannedFleet>[] = [];

  /** `kinds`: every kind whose objects are written; `baseProxy`: settings of all fleets unless an EnvoyProxy says otherwise. */
  constructor(options: TranslationOptions, kinds: readonly string[], baseProxy: ProxySettings = {}) {
    const { graph } = this;
    this.objects = createObjectCollections(graph, kinds);
    this.fleetStates = graph.source<FleetState>("fleetStates", { equal: sameData });
    this.rejections = graph.source<EnvoyRejection>("envoyRejections", { equal: sameData });
    const objects = this.objects;

    const grants = createReferenceGrants(graph, objects);
    const classes = createGatewayClasses(graph, objects, options);
    const gateways = createGateways(graph, objects, classes, baseProxy);
    const fleets = createFleets(graph, gateways);
    const { listeners, byGateway, certificates } = createListeners(graph, objects, gateways, grants);
    const tables = createTables(graph, listeners, options);

    const services = createServices(graph, objects);
    const backends = createBackends(graph, objects, options);
    const tls = createBackendTls(graph, objects);
    const references: ReferenceSources = {
      services: services.services,
      backends: backends.backends,
      grants,
      tls: tls.resolve,
      options,
    };
    const attachment = {
      gateways: graph.derive({
        name: "routeParents",
        from: gateways,
        map: ({ isUsable }) => ({ isUsable }),
        equal: sameData,
      }),
      listenersByGateway: byGateway,
      namespaceLabels: graph.derive({
        name: "namespaceLabels",
        from: objects.of("Namespace"),
        map: ({ metadata }) => ({ "kubernetes.io/metadata.name": metadata.name, ...metadata.labels }),
        equal: sameData,
      }),
    };
    const policies = { applied: () => noPolicies };
    const routes = createHttpRoutes(graph, objects, { attachment, references, policies });
    const virtualHosts = createVirtualHosts(
      graph,
      listeners,
      graph.expand({
        name: "routeHosts",
        from: routes,
        map: ({ hosts }, key) => hosts.map((host) => [`${key}|${host.listener}|${host.host}`, host] as const),
        equal: sameData,
      }),
      tables,
    );
    const clusters = createClusters(
      graph,
      graph.expand({
        name: "clusterNeeds",
        from: routes,
        map: ({ needs }, key) => needs.map((need) => [`${key}|${need.fleet}|${need.spec.name}`, need] as const),
        equal: sameData,
      }),
      {
        endpoints: graph.union({ name: "destinationEndpoints", from: [services.endpoints, backends.endpoints] }),
        clusterEndpoints: services.clusterEndpoints,
      },
    );
    const envoyListeners = createEnvoyListeners(
      graph,
      { listeners, fleets, tables: tables.tables, slots: routeFilterSlots },
      options,
    );

    const attachedRoutes = graph.count({
      name: "attachedRoutes",
      from: routes,
      by: ({ parents }) => new Set(parents.flatMap((parent) => parent.attachments.map(({ listener }) => listener.key))),
    });
    const gatewayStatuses = createGatewayStatuses(graph, {
      gateways,
      listenersByGateway: byGateway,
      attachedRoutes,
      fleetStates: this.fleetStates,
    });
    this.statuses = unionOfStatuses(graph, [
      createClassStatuses(graph, classes, []),
      gatewayStatuses,
      createRouteStatuses(graph, routes, this.rejections, options.controllerName),
      createTlsPolicyStatuses(graph, routes, tls, options.controllerName),
      createBackendStatuses(graph, backends.backends),
      createProxyStatuses(graph, objects, classes, gateways, options.controllerName),
    ]);
    const ports = createFleetPorts(graph, listeners);
    this.fleets = graph.derive({
      name: "plannedFleets",
      from: fleets,
      map: (fleet, key, ctx): PlannedFleet => ({ ...fleet, ports: ctx.get(ports, key) ?? [] }),
      equal: sameData,
    });
    this.xds = new FleetChanges(
      graph,
      {
        cluster: clusters.clusters,
        endpoint: clusters.endpoints,
        listener: envoyListeners,
        route: tables.heads,
        secret: createSecrets(graph, {
          listeners,
          certificates,
          clusters: clusters.wanted,
          caSecrets: tls.caSecrets,
        }),
      },
      virtualHosts,
    );
    graph.watch(this.statuses, (changes) => void this.statusChanges.push(...changes));
    graph.watch(this.fleets, (changes) => void this.fleetChanges.push(...changes));
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
    if (rejection) this.rejections.set(object, rejection);
    else this.rejections.delete(object);
  }

  /** Brings everything up to date with what was written and returns what changed since the last commit. */
  commit(): TranslationChanges {
    const report = this.graph.commit();
    const { statusChanges: statuses, fleetChanges: fleets } = this;
    this.statusChanges = [];
    this.fleetChanges = [];
    return { xds: this.xds.take(), statuses, fleets, report };
  }
}

function unionOfStatuses(graph: Graph, from: readonly Collection<ObjectStatus>[]): Collection<ObjectStatus> {
  const keyed = from.map((collection) =>
    graph.expand({
      name: `${collection.name}ByKind`,
      from: collection,
      map: (status) => [[`${status.kind}/${status.key}`, status] as const],
    }),
  );
  return graph.union({ name: "statuses", from: keyed });
}
