import type { EnvoyProxy } from "../../api/v1alpha1/envoyproxy.ts";
import type { Collection, Graph } from "../../engine/index.ts";
import type { BackendModel } from "../backends/backends.ts";
import { type Condition, isTrue, type ObjectStatus, observed, statusOf } from "../conditions.ts";
import { sameData } from "../equal.ts";
import type { ManagedClass } from "../gateways/gateway-classes.ts";
import type { ManagedGateway } from "../gateways/gateways.ts";
import type { ObjectCollections } from "../objects.ts";
import { unusedSettings } from "../telemetry/unused-settings.ts";

/** Statuses of GatewayClasses: `Accepted`. */
export function createClassStatuses(
  graph: Graph,
  classes: Collection<ManagedClass>,
  supportedFeatures: readonly string[],
): Collection<ObjectStatus> {
  const features =
    supportedFeatures.length > 0 ? { supportedFeatures: supportedFeatures.map((name) => ({ name })) } : {};
  return graph.derive({
    name: "gatewayClassStatuses",
    from: classes,
    map: ({ object, condition }) =>
      statusOf(object, { conditions: observed([condition], object.metadata.generation), ...features }),
    equal: sameData,
  });
}

/** Statuses of Backends: `Accepted`. */
export function createBackendStatuses(graph: Graph, backends: Collection<BackendModel>): Collection<ObjectStatus> {
  return graph.derive({
    name: "backendStatuses",
    from: backends,
    map: ({ object, accepted }) => statusOf(object, { conditions: observed([accepted], object.metadata.generation) }),
    equal: sameData,
  });
}

/** Statuses of EnvoyProxies: an ancestor for each GatewayClass and Gateway that uses one. */
export function createProxyStatuses(
  graph: Graph,
  objects: ObjectCollections,
  classes: Collection<ManagedClass>,
  gateways: Collection<ManagedGateway>,
  controllerName: string,
): Collection<ObjectStatus> {
  const classUsers = graph.index({
    name: "classesByProxy",
    from: classes,
    keys: ({ proxyKey }) => (proxyKey ? [proxyKey] : []),
  });
  const gatewayUsers = graph.index({
    name: "gatewaysByProxy",
    from: gateways,
    keys: ({ proxyKey }) => (proxyKey ? [proxyKey] : []),
  });
  const group = "gateway.networking.k8s.io";
  return graph.derive({
    name: "envoyProxyStatuses",
    from: objects.of("EnvoyProxy"),
    map: (proxy, key, ctx) => {
      const refs = [
        ...ctx
          .lookup(classUsers, key)
          .map(({ value }) => ({ group, kind: "GatewayClass", name: value.object.metadata.name })),
        ...ctx.lookup(gatewayUsers, key).map(({ value: { object } }) => ({
          group,
          kind: "Gateway",
          namespace: object.metadata.namespace ?? "",
          name: object.metadata.name,
        })),
      ];
      if (refs.length === 0) return undefined;
      const conditions = observed([acceptedProxy(proxy)], proxy.metadata.generation);
      return statusOf(proxy, {
        ancestors: refs.map((ancestorRef) => ({ ancestorRef, controllerName, conditions })),
      });
    },
    equal: sameData,
  });
}

function acceptedProxy({ spec }: EnvoyProxy): Condition {
  const unused = unusedSettings(spec);
  const hint = unused.length > 0 ? ` These settings have no effect yet: ${unused.join(", ")}.` : "";
  return isTrue("Accepted", "Accepted", `EnvoyProxy has been accepted.${hint}`);
}
