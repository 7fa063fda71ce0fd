/** Puts a control plane into the cluster: ours, built anew, or one that is given as an executable. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubeClient } from "../../src/kube/client.ts";
import type { LocalCluster } from "./cluster.ts";
import { writeForeignImage } from "./foreign-image.ts";
import { resources, systemNamespace } from "./objects.ts";
import { restart } from "./rollout.ts";

/** Name of the control plane's Deployment. */
export const controllerName = "envoy-gateway";

/** What is installed: an image that the node has, or a new one of an executable; else a new one of this project. */
export interface ControlPlane {
  /** Name with a tag. */
  readonly image?: string | undefined;
  /** Path of an executable of another control plane. */
  readonly program?: string | undefined;
  /** Further arguments for Helm, without spaces in them. Default: none. */
  readonly helmArguments?: readonly string[] | undefined;
}

/** Our chart has no topology injector, for which certgen of the original would look. */
const withoutInjector = ["--set", "certgen.job.args={--disable-topology-injector}"];

/** Installs the chart with a control plane, in place of one that may be there; returns its image's name. */
export async function install(
  cluster: LocalCluster,
  { image, program, helmArguments = [] }: ControlPlane = {},
): Promise<string> {
  const { client } = cluster;
  const name = image ?? (await load(cluster, program));
  const [, repository = "", tag = ""] = /^(.*):([^:]+)$/.exec(name) ?? [];
  if (program !== undefined) await permitEverything(client);
  await cluster.run("tools/chart/chart.ts", ["deploy"], {
    IMAGE: repository,
    TAG: tag,
    IMAGE_PULL_POLICY: "IfNotPresent",
    HELM_ARGS: [...(program === undefined ? [] : withoutInjector), ...helmArguments].join(" "),
  });
  if (program !== undefined) await nameShutdownManager(client, name);
  return name;
}

/** Makes the images of the control plane and of Envoy, gives them to the node, and returns the former's name. */
async function load(cluster: LocalCluster, program: string | undefined): Promise<string> {
  // Pods are replaced only when their image has another name.
  const name = `docker.io/envoyproxy/gateway-bench:${program === undefined ? "ours" : "given"}-${Date.now().toString(36)}`;
  const folder = mkdtempSync(join(tmpdir(), "bench-kube-"));
  const archive = (kind: string): string => join(folder, `${kind}.tar`);
  try {
    const kinds = program === undefined ? ["gateway", "envoy"] : ["envoy"];
    await cluster.run("tools/image/image.ts", [...kinds, "--name", name, "--output", folder]);
    if (program !== undefined) writeForeignImage(name, program, archive("gateway"));
    await cluster.load(archive("gateway"), archive("envoy"));
  } finally {
    rmSync(folder, { recursive: true });
  }
  return name;
}

/** Another control plane may need other permissions than ours. */
async function permitEverything(client: KubeClient): Promise<void> {
  const apiGroup = "rbac.authorization.k8s.io";
  const binding = {
    metadata: { name: "bench-control-plane" },
    roleRef: { apiGroup, kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ apiGroup, kind: "Group", name: `system:serviceaccounts:${systemNamespace}` }],
  };
  await client.apply(resources.clusterRoleBinding, binding, { fieldManager: "bench" });
}

/** Ours knows its own image from its environment; others read it from their configuration, when they start. */
async function nameShutdownManager(client: KubeClient, image: string): Promise<void> {
  const place = { namespace: systemNamespace, name: "envoy-gateway-config" };
  const file = "envoy-gateway.yaml";
  const { data } = await client.get<{ data: Readonly<Record<string, string>> }>(resources.configMap, place);
  const provider = `provider:\n  type: Kubernetes\n  kubernetes: { shutdownManager: { image: "${image}" } }\n`;
  const text = (data[file] ?? "").replace(/^provider:\n(?: .*\n)*/m, provider);
  await client.patch(resources.configMap, place, "merge", { data: { [file]: text } });
  await restart(client, controllerName);
}
