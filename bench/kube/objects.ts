/** Objects that gateways in the cluster are given: one Gateway, backends behind Services, HTTPRoutes by hostname. */
import type { AnyObject } from "../../src/kube/client.ts";
import type { KubeResource } from "../../src/kube/resource.ts";
import { envoyImageName } from "../../tools/image/images.ts";
import { backendBootstrap } from "../floor/bootstraps.ts";
import { backendCount, gatewayApi, hostOf } from "../manifests.ts";

/** Of control planes and their Envoys. */
export const systemNamespace = "envoy-gateway-system";
/** Of everything that the benchmark makes. */
export const namespace = "bench";
export const gatewayName = "eg";

const namespaced = (group: string, version: string, kind: string, plural: string): KubeResource => ({
  group,
  version,
  kind,
  plural,
  isNamespaced: true,
});
const clusterWide = (group: string, version: string, kind: string, plural: string): KubeResource => ({
  ...namespaced(group, version, kind, plural),
  isNamespaced: false,
});

export const resources = {
  namespace: clusterWide("", "v1", "Namespace", "namespaces"),
  configMap: namespaced("", "v1", "ConfigMap", "configmaps"),
  service: namespaced("", "v1", "Service", "services"),
  pod: namespaced("", "v1", "Pod", "pods"),
  deployment: namespaced("apps", "v1", "Deployment", "deployments"),
  clusterRoleBinding: clusterWide("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings"),
  gatewayClass: clusterWide(gatewayApi, "v1", "GatewayClass", "gatewayclasses"),
  gateway: namespaced(gatewayApi, "v1", "Gateway", "gateways"),
  route: namespaced(gatewayApi, "v1", "HTTPRoute", "httproutes"),
  envoyProxy: namespaced("gateway.envoyproxy.io", "v1alpha1", "EnvoyProxy", "envoyproxies"),
} as const satisfies Readonly<Record<string, KubeResource>>;

/** An object with its kind. */
export type Placed = readonly [KubeResource, AnyObject];

/** Ports of the backends' pod; the one with index i answers `b<i>`. */
export const backendPorts = [8080, 8081, 8082, 8083] as const;
const servicePort = 80;
const backendsName = "backends";
const backendLabels = { app: backendsName };

/**
 * Namespace, GatewayClass, EnvoyProxy and Gateway with one HTTP listener on port 80. Nothing is logged per request; Envoys ask for little
 * of the node, so that there is room for many; `provider` goes into the EnvoyProxy's `spec.provider.kubernetes`.
 */
export function gatewayObjects(provider: Readonly<Record<string, object>> = {}): Placed[] {
  const parametersRef = { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: "bench", namespace };
  const { envoyDeployment, ...others } = provider;
  const container = { image: envoyImageName, resources: { requests: { cpu: "50m", memory: "128Mi" } } };
  const kubernetes = { envoyDeployment: { container, ...envoyDeployment }, ...others };
  return [
    [resources.namespace, { metadata: { name: namespace } }],
    [
      resources.envoyProxy,
      {
        metadata: { name: "bench", namespace },
        spec: { provider: { type: "Kubernetes", kubernetes }, telemetry: { accessLog: { disable: true } } },
      },
    ],
    [
      resources.gatewayClass,
      {
        metadata: { name: namespace },
        spec: { controllerName: "gateway.envoyproxy.io/gatewayclass-controller", parametersRef },
      },
    ],
    [
      resources.gateway,
      {
        metadata: { name: gatewayName, namespace },
        spec: { gatewayClassName: namespace, listeners: [{ name: "http", protocol: "HTTP", port: 80 }] },
      },
    ],
  ];
}

/** The pod that stands in for all backends, and `count` Services `be-<i>`, dealt over its ports. */
export function backendObjects(count: number): Placed[] {
  const bootstrap = Buffer.from(backendBootstrap(backendPorts, "0.0.0.0")).toString("base64");
  const metadata = { name: backendsName, namespace };
  const container = {
    name: "envoy",
    image: envoyImageName,
    imagePullPolicy: "IfNotPresent",
    command: ["envoy", "-c", "/etc/backends/bootstrap.pb", "-l", "warn", "--concurrency", "1"],
    readinessProbe: { tcpSocket: { port: backendPorts[0] }, periodSeconds: 1 },
    volumeMounts: [{ name: "bootstrap", mountPath: "/etc/backends" }],
  };
  return [
    [resources.configMap, { metadata, binaryData: { "bootstrap.pb": bootstrap } }],
    [
      resources.deployment,
      {
        metadata,
        spec: {
          selector: { matchLabels: backendLabels },
          template: {
            metadata: { labels: backendLabels },
            spec: {
              containers: [container],
              volumes: [{ name: "bootstrap", configMap: { name: backendsName } }],
              terminationGracePeriodSeconds: 0,
            },
          },
        },
      },
    ],
    ...Array.from({ length: count }, (_, index) => backendService(index)),
  ];
}

function backendService(index: number): Placed {
  const targetPort = backendPorts[index % backendPorts.length];
  const spec = { selector: backendLabels, ports: [{ port: servicePort, targetPort }] };
  return [resources.service, { metadata: { name: `be-${index}`, namespace }, spec }];
}

/** An HTTPRoute for one hostname to the Service `be-<backend>`. */
export function routeObject(name: string, hostname: string, backend: number): AnyObject {
  return {
    metadata: { name, namespace },
    spec: {
      parentRefs: [{ name: gatewayName }],
      hostnames: [hostname],
      rules: [{ backendRefs: [{ name: `be-${backend}`, port: servicePort }] }],
    },
  };
}

/** Route number `index` of `count`. */
export function numberedRoute(index: number, count: number): AnyObject {
  return routeObject(`route-${index}`, hostOf(index), index % backendCount(count));
}
