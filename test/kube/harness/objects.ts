import type { AnyObject } from "../../../src/kube/client.ts";
import type { KubeResource } from "../../../src/kube/resource.ts";

const group = "gateway.networking.k8s.io";

/** Kinds as the tests' API server serves them. */
export const kinds = {
  namespace: { group: "", version: "v1", plural: "namespaces", kind: "Namespace", isNamespaced: false },
  service: { group: "", version: "v1", plural: "services", kind: "Service", isNamespaced: true },
  secret: { group: "", version: "v1", plural: "secrets", kind: "Secret", isNamespaced: true },
  slice: {
    group: "discovery.k8s.io",
    version: "v1",
    plural: "endpointslices",
    kind: "EndpointSlice",
    isNamespaced: true,
  },
  trustBundle: {
    group: "certificates.k8s.io",
    version: "v1",
    plural: "clustertrustbundles",
    kind: "ClusterTrustBundle",
    isNamespaced: false,
  },
  gatewayClass: { group, version: "v1", plural: "gatewayclasses", kind: "GatewayClass", isNamespaced: false },
  gateway: { group, version: "v1", plural: "gateways", kind: "Gateway", isNamespaced: true },
  route: { group, version: "v1", plural: "httproutes", kind: "HTTPRoute", isNamespaced: true },
  role: {
    group: "rbac.authorization.k8s.io",
    version: "v1",
    plural: "clusterroles",
    kind: "ClusterRole",
    isNamespaced: false,
  },
  binding: {
    group: "rbac.authorization.k8s.io",
    version: "v1",
    plural: "clusterrolebindings",
    kind: "ClusterRoleBinding",
    isNamespaced: false,
  },
} as const satisfies Readonly<Record<string, KubeResource>>;

export const namespace = (name: string, labels: Record<string, string> = {}): AnyObject => ({
  metadata: { name, labels },
});

export const gatewayClass = (name = "eg"): AnyObject => ({
  metadata: { name },
  spec: { controllerName: "gateway.envoyproxy.io/gatewayclass-controller" },
});

export const gateway = (name = "eg", ns = "default"): AnyObject => ({
  metadata: { name, namespace: ns },
  spec: { gatewayClassName: "eg", listeners: [{ name: "http", port: 8080, protocol: "HTTP" }] },
});

export const route = (name: string, backend = "web", ns = "default"): AnyObject => ({
  metadata: { name, namespace: ns },
  spec: {
    hostnames: [`${name}.example.com`],
    parentRefs: [{ name: "eg" }],
    rules: [{ backendRefs: [{ name: backend, port: 80 }] }],
  },
});

export const service = (name: string, ns = "default"): AnyObject => ({
  metadata: { name, namespace: ns },
  spec: { ports: [{ port: 80, targetPort: 8080 }] },
});

export const slice = (name: string, of: string, address: string, ns = "default"): AnyObject => ({
  metadata: { name, namespace: ns, labels: { "kubernetes.io/service-name": of } },
  addressType: "IPv4",
  endpoints: [{ addresses: [address] }],
  ports: [{ port: 8080 }],
});
