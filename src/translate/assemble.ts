import type { Collection, Graph } from "../engine/index.ts";
import { policyKinds } from "../features/kinds.ts";
import { createBackendTraffic } from "./backends/backend-traffic.ts";
import { createBackends } from "./backends/backends.ts";
import { createClusters, type EndpointSources } from "./backends/clusters.ts";
import type { ReferenceSources } from "./backends/references.ts";
import { createServices } from "./backends/services.ts";
import { createEnvoyListeners } from "./envoy-listeners/envoy-listeners.ts";
import { sameData } from "./equal.ts";
import { createFleets } from "./gateways/fleets.ts";
import { createGatewayClasses } from "./gateways/gateway-classes.ts";
import { createGateways } from "./gateways/gateways.ts";
import { createHeldFleets } from "./gateways/held-fleets.ts";
import { createListenerSets } from "./gateways/listener-sets.ts";
import type { ProxySettings } from "./gateways/proxy-settings.ts";
import { createReferenceGrants } from "./grants.ts";
import { createListeners } from "./listeners/listeners.ts";
import { createRouteListeners } from "./listeners/route-listeners.ts";
import { createNamespaceLabels } from "./namespace-labels.ts";
import type { ObjectCollections } from "./objects.ts";
import type { TranslationOptions } from "./options.ts";
import type { FleetOutputs } from "./outputs.ts";
import { createPolicyOutputs } from "./policies/extensions.ts";
import { featureFilters, httpFilterSlots } from "./policies/filter-slots.ts";
import { createPolicies } from "./policies/policies.ts";
import type { AttachmentSources } from "./routes/attachment.ts";
import type { Contribution, RouteModel } from "./routes/model.ts";
import { createRequestRoutes } from "./routes/request-routes.ts";
import { createCredentialSecrets } from "./routes/route-credentials.ts";
import { createRouteFilters } from "./routes/route-filters.ts";
import { createRouteParents } from "./routes/route-parents.ts";
import { createStreamRoutes } from "./routes/stream/stream-routes.ts";
import { createTables } from "./routes/tables.ts";
import { createListenerHosts, createVirtualHosts } from "./routes/virtual-hosts.ts";
import { createSecrets } from "./secrets.ts";
import { createTelemetry } from "./telemetry/fleet-telemetry.ts";
import { createMetrics } from "./telemetry/metrics.ts";
import { type BackendTlsCollections, createBackendTls } from "./tls/backend-tls.ts";
import { type CertificateSources, createClientTls } from "./tls/client-tls.ts";

/** Gateways and what belongs to them, up to their listeners. */
export function assembleGateways(
  graph: Graph,
  objects: ObjectCollections,
  options: TranslationOptions,
  baseProxy: ProxySettings,
) {
  const grants = createReferenceGrants(graph, objects);
  const classes = createGatewayClasses(graph, objects, options, baseProxy);
  const gateways = createGateways(graph, objects, classes, { spec: baseProxy, namespace: options.controllerNamespace });
  const fleets = createFleets(graph, gateways);
  const heldFleets = createHeldFleets(graph, objects, classes, gateways);
  const namespaceLabels = createNamespaceLabels(graph, objects);
  const listenerSets = createListenerSets(graph, objects, gateways, namespaceLabels);
  const listeners = createListeners(graph, objects, gateways, listenerSets, grants, options);
  const clientTls = createClientTls(graph, gateways, { certificates: listeners.certificates, grants });
  const tables = createTables(graph, listeners.listeners, options);
  const attachment: AttachmentSources = {
    parents: createRouteParents(graph, gateways, listenerSets),
    listeners: createRouteListeners(graph, listeners.listeners),
    namespaceLabels,
  };
  return { grants, classes, gateways, listenerSets, fleets, heldFleets, ...listeners, clientTls, tables, attachment };
}

/** Everything that requests can be sent to. */
export function assembleDestinations(
  graph: Graph,
  objects: ObjectCollections,
  options: TranslationOptions,
  certificates: CertificateSources,
) {
  const { grants } = certificates;
  const services = createServices(graph, objects);
  const backends = createBackends(graph, objects, options);
  const tls: BackendTlsCollections = createBackendTls(graph, objects, certificates);
  const traffic = createBackendTraffic(graph, objects);
  const references: ReferenceSources = {
    services: services.services,
    backends: backends.backends,
    grants,
    tls: tls.resolve,
    traffic,
    isPolicyTarget: (ctx, object) => tls.isTarget(ctx, object) || ctx.lookup(traffic.byTarget, object).length > 0,
    options,
  };
  const endpoints: EndpointSources = {
    endpoints: graph.union({ name: "destinationEndpoints", from: [services.endpoints, backends.endpoints] }),
    clusterEndpoints: services.clusterEndpoints,
  };
  return { backends: backends.backends, tls, traffic, references, endpoints };
}

/** Routes and policies, and all that fleets are sent because of them. */
export function assembleRoutes(
  graph: Graph,
  objects: ObjectCollections,
  options: TranslationOptions,
  gateways: ReturnType<typeof assembleGateways>,
  destinations: ReturnType<typeof assembleDestinations>,
) {
  const { listeners, attachment, fleets, tables } = gateways;
  const { references, endpoints, tls } = destinations;
  const policies = createPolicies(graph, policyKinds, {
    objects,
    references,
    listeners,
    routeListeners: attachment.listeners,
    parents: attachment.parents,
    namespaceLabels: attachment.namespaceLabels,
  });
  const streamRoutes = createStreamRoutes(graph, objects, { attachment, references, policies: policies.lookup });
  const routes = graph.union<RouteModel>({
    name: "routes",
    from: [
      createRequestRoutes(graph, objects, {
        attachment,
        references: { ...references, filters: createRouteFilters(graph, objects, gateways.grants) },
        policies: policies.lookup,
      }),
      streamRoutes,
    ],
  });
  const policyOutputs = createPolicyOutputs(graph, {
    routes,
    translations: policies.translations,
    fleets,
    filters: featureFilters(policyKinds),
  });
  const policyClusters: Collection<Contribution> = graph.derive({
    name: "policyContributions",
    prefix: "Policy/",
    from: policyOutputs.needs,
    map: (need) => ({ hosts: [], needs: [need] }),
    equal: sameData,
  });
  const telemetry = createTelemetry(graph, fleets, references);
  const contributions = graph.union<Contribution>({
    name: "contributions",
    from: [routes, createListenerHosts(graph, listeners), policyClusters, telemetry.contributions],
  });
  const metrics = createMetrics(graph, fleets);
  const fleetSettings = { clientTls: gateways.clientTls.byFleet, stats: metrics.clusterStats };
  const clusters = createClusters(graph, contributions, fleetSettings, endpoints, options);
  const slots = httpFilterSlots(policyKinds);
  const outputs: FleetOutputs = {
    resources: {
      cluster: clusters.clusters,
      endpoint: clusters.endpoints,
      listener: createEnvoyListeners(
        graph,
        { listeners, fleets: telemetry.fleets, tables: tables.tables, streamRoutes, slots },
        options,
      ),
      route: tables.heads,
      secret: createSecrets(graph, {
        listeners,
        clusters: clusters.wanted,
        certificates: gateways.certificateSecrets,
        authorities: graph.union({ name: "authorities", from: [tls.caSecrets, gateways.frontend.caSecrets] }),
        credentials: createCredentialSecrets(graph, objects),
      }),
      extension: policyOutputs.extensions,
    },
    virtualHosts: createVirtualHosts(graph, contributions, tables, metrics.virtualHostStats),
    extensionParts: policyOutputs.parts,
  };
  return {
    routes,
    policies,
    policiesInForce: policyOutputs.inForce,
    outputs,
    telemetry: telemetry.telemetry,
  };
}
