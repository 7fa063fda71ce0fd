/** The cluster's DNS server. */
import { corednsImage } from "../image-names.ts";

const namespace = "kube-system";
const labels = { "k8s-app": "kube-dns" };
const role = "system:coredns";

/** Only the cluster's own names are answered: a node has no way out to other servers. */
const corefile = `.:53 {
  errors
  health
  ready
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    fallthrough in-addr.arpa ip6.arpa
    ttl 5
  }
  loop
  reload
}
`;

/** A List of the objects; the server is reached at the Service address given. */
export function corednsManifests(serviceAddress: string): object {
  const ports = [
    { name: "dns", port: 53, protocol: "UDP" },
    { name: "dns-tcp", port: 53, protocol: "TCP" },
  ];
  return {
    apiVersion: "v1",
    kind: "List",
    items: [
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "coredns", namespace } },
      ...permissions(),
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "coredns", namespace }, data: { Corefile: corefile } },
      deployment(),
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "kube-dns", namespace, labels },
        spec: { clusterIP: serviceAddress, selector: labels, ports },
      },
    ],
  };
}

function permissions(): object[] {
  const verbs = ["list", "watch"];
  return [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: role },
      rules: [
        { apiGroups: [""], resources: ["services", "pods", "namespaces"], verbs },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs },
      ],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: role },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
      subjects: [{ kind: "ServiceAccount", name: "coredns", namespace }],
    },
  ];
}

function deployment(): object {
  const container = {
    name: "coredns",
    image: corednsImage,
    args: ["-conf", "/etc/coredns/Corefile"],
    ports: [
      { containerPort: 53, protocol: "UDP", name: "dns" },
      { containerPort: 53, protocol: "TCP", name: "dns-tcp" },
    ],
    readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 1 },
    volumeMounts: [{ name: "config", mountPath: "/etc/coredns" }],
  };
  const spec = {
    serviceAccountName: "coredns",
    priorityClassName: "system-cluster-critical",
    dnsPolicy: "Default",
    containers: [container],
    volumes: [{ name: "config", configMap: { name: "coredns" } }],
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "coredns", namespace, labels },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}
