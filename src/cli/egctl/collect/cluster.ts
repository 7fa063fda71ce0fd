import type { AnyObject } from "../../../kube/client.ts";
import { hasStatus } from "../../../kube/error.ts";
import { apiVersionOf, type KubeResource, pathOf } from "../../../kube/resource.ts";
import { envoyPodPorts } from "../../../translate/listeners/bind-port.ts";
import { askText } from "../admin-client.ts";
import type { Cluster, Pod } from "../target/cluster.ts";
import { proxyLabels } from "../target/envoys.ts";
import type { Bundle } from "./bundle.ts";
import { shareableConfigMap } from "./config-maps.ts";
import type { CollectOptions } from "./options.ts";
import { proxyDump } from "./proxy-dump.ts";

/** Groups whose kinds are ours to explain, each collected whole. */
const groups = ["gateway.networking.k8s.io", "gateway.networking.x-k8s.io", "gateway.envoyproxy.io"];

const core = { group: "", version: "v1", isNamespaced: true } as const;
const apps = { group: "apps", version: "v1", isNamespaced: true } as const;

/** Kinds of Kubernetes itself, of the namespaces of the control plane and of Envoys; beside them there are ConfigMaps. */
const builtIn: readonly KubeResource[] = [
  { ...core, plural: "pods", kind: "Pod" },
  { ...core, plural: "services", kind: "Service" },
  { ...core, plural: "events", kind: "Event" },
  { ...apps, plural: "deployments", kind: "Deployment" },
  { ...apps, plural: "daemonsets", kind: "DaemonSet" },
  { group: "batch", version: "v1", plural: "jobs", kind: "Job", isNamespaced: true },
];

const configMaps: KubeResource = { ...core, plural: "configmaps", kind: "ConfigMap" };

const logLines = 10_000;

/** Adds what a cluster tells of Envoy Gateway. */
export async function collectCluster(
  bundle: Bundle,
  cluster: Cluster,
  { envoySystemNamespace, envoyProxyNamespaces, sds }: CollectOptions,
): Promise<void> {
  const isChosen = ({ metadata }: Pod): boolean =>
    envoyProxyNamespaces.length === 0 || envoyProxyNamespaces.includes(metadata.namespace);
  // The first question: if nobody answers it, there is nothing to collect.
  const proxies = (await cluster.pods(undefined, proxyLabels)).filter(isChosen);
  const ownPods = await cluster.pods(envoySystemNamespace, []);
  const namespaces = [...new Set([envoySystemNamespace, ...proxies.map(({ metadata }) => metadata.namespace)])].sort();
  await customResources(bundle, cluster);
  for (const resource of builtIn) {
    for (const namespace of namespaces) await objectsOf(bundle, cluster, resource, namespace);
  }
  for (const namespace of namespaces) {
    await objectsOf(bundle, cluster, configMaps, namespace, (one) => shareableConfigMap(one, envoySystemNamespace));
  }
  const all = new Map([...ownPods, ...proxies].map((pod) => [podPath(pod), pod]));
  for (const pod of all.values()) {
    await logsOf(bundle, cluster, pod);
    await metricsOf(bundle, cluster, pod);
  }
  for (const pod of proxies) {
    const path = `config-dumps/${podPath(pod)}.json`;
    await bundle.add(path, async () =>
      bundle.json(path, await proxyDump(cluster.serverIn(pod, envoyPodPorts.admin), sds)),
    );
  }
}

function podPath({ metadata: { namespace, name } }: Pod): string {
  return `${namespace}/${name}`;
}

interface ApiGroup {
  readonly preferredVersion?: { readonly version: string };
}

interface ApiResources {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** All objects of our groups, each kind in the version the API server prefers. */
async function customResources(bundle: Bundle, cluster: Cluster): Promise<void> {
  for (const group of groups) {
    await bundle.add(`cluster-resources/${group}`, async () => {
      for (const resource of await resourcesOf(cluster, group)) await objectsOf(bundle, cluster, resource, undefined);
    });
  }
}

/** Nothing for a group that is not installed. */
async function resourcesOf({ client }: Cluster, group: string): Promise<readonly KubeResource[]> {
  try {
    const { preferredVersion } = await client.send<ApiGroup>({ method: "GET", path: `/apis/${group}` });
    const version = preferredVersion?.version ?? "v1";
    const { resources } = await client.send<ApiResources>({ method: "GET", path: `/apis/${group}/${version}` });
    return resources
      .filter(({ name }) => !name.includes("/"))
      .map(({ name, kind, namespaced }) => ({ group, version, plural: name, kind, isNamespaced: namespaced }));
  } catch (error) {
    if (hasStatus(error, 404)) return [];
    throw error;
  }
}

/** One file for the objects of a kind, as `shareable` makes them; none if there are none. */
async function objectsOf(
  bundle: Bundle,
  { client }: Cluster,
  resource: KubeResource,
  namespace: string | undefined,
  shareable = (object: AnyObject): AnyObject => object,
): Promise<void> {
  const { group, plural, kind } = resource;
  const name = group === "" || namespace !== undefined ? plural : `${plural}.${group}`;
  const path = `cluster-resources/${namespace === undefined ? "" : `${namespace}/`}${name}.json`;
  await bundle.add(path, async () => {
    const { items } = await client.listAll<AnyObject>(resource, { namespace });
    if (items.length === 0) return;
    bundle.json(path, { apiVersion: apiVersionOf(resource), kind: `${kind}List`, items: items.map(shareable) });
  });
}

async function logsOf(bundle: Bundle, { client }: Cluster, { metadata, spec }: Pod): Promise<void> {
  const { namespace, name } = metadata;
  const { containers = [] } = (spec ?? {}) as { readonly containers?: readonly { readonly name: string }[] };
  for (const { name: container } of containers) {
    const path = `cluster-resources/pods/logs/${namespace}/${name}/${container}.log`;
    await bundle.add(path, async () => {
      const place = pathOf({ ...core, plural: "pods", kind: "Pod" }, { namespace, name, subresource: "log" });
      bundle.text(
        path,
        await client.text({ method: "GET", path: place, query: { container, tailLines: logLines, timestamps: true } }),
      );
    });
  }
}

/** Metrics of pods whose annotations say where Prometheus finds them. */
async function metricsOf(bundle: Bundle, cluster: Cluster, pod: Pod): Promise<void> {
  const annotations = pod.metadata.annotations ?? {};
  const port = Number(annotations["prometheus.io/port"]);
  if (annotations["prometheus.io/scrape"] !== "true" || !(port > 0) || pod.status?.phase !== "Running") return;
  const path = `prometheus-metrics/${podPath(pod)}.prom`;
  await bundle.add(path, async () =>
    bundle.text(path, await askText(cluster.serverIn(pod, port), annotations["prometheus.io/path"] ?? "/metrics")),
  );
}
