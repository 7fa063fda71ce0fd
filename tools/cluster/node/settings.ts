/** Settings of the node's programs: files they read, written when the node starts. */
import { join } from "node:path";
import { stringify } from "yaml";
import type { ClusterAddresses } from "../addresses.ts";
import { pauseImage } from "../image-names.ts";
import type { ClusterFiles } from "../paths.ts";
import { cniPlugins } from "../prerequisites.ts";

export const nodeName = "node1";

/** Address of the API server for everything but pods. */
export function apiServerOf({ node }: ClusterAddresses): string {
  return `https://${node}:6443`;
}

export const containerdSocket = "/run/containerd/containerd.sock";

/** Where in the cluster's folder the runtime looks for the pods' network. */
export const podNetworkFolder = "pod-network";

/** Pods of the one node take their addresses from the first 256 of the cluster's range. */
export function podNetwork({ pods }: ClusterAddresses): string {
  const subnet = pods.replace("/16", "/24");
  const bridge = {
    type: "bridge",
    bridge: "cni0",
    isGateway: true,
    ipMasq: true,
    hairpinMode: true,
    ipam: { type: "host-local", ranges: [[{ subnet }]], routes: [{ dst: "0.0.0.0/0" }] },
  };
  const plugins = [bridge, { type: "portmap", capabilities: { portMappings: true } }];
  return JSON.stringify({ cniVersion: "1.0.0", name: "pods", plugins });
}

/** containerd, configuration version 3. `runc` is given by its path: containerd's own PATH is not the machine's. */
export function containerdSettings(folder: string, runc: string): string {
  return `version = 3
root = "${join(folder, "containerd")}"
state = "/run/containerd"
[grpc]
  address = "${containerdSocket}"
[plugins.'io.containerd.cri.v1.images']
  snapshotter = "overlayfs"
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = "${pauseImage}"
[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ["${cniPlugins}"]
    conf_dir = "${join(folder, podNetworkFolder)}"
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      BinaryName = "${runc}"
      SystemdCgroup = false
`;
}

/** KubeletConfiguration v1beta1. Nothing is evicted or collected: images cannot be pulled again, and the disk is the developer's. */
export function kubeletSettings({ cgroup, dnsService }: ClusterAddresses, { folder, pki }: ClusterFiles): string {
  const signals = [
    "memory.available",
    "nodefs.available",
    "nodefs.inodesFree",
    "imagefs.available",
    "imagefs.inodesFree",
  ];
  return stringify({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    // Newer kubelets refuse version 1 otherwise; on version 2 it means nothing.
    failCgroupV1: false,
    failSwapOn: false,
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${cgroup}`,
    enforceNodeAllocatable: ["none"],
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(pki, "ca.crt") },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: join(pki, "kubelet-server.crt"),
    tlsPrivateKeyFile: join(pki, "kubelet-server.key"),
    clusterDNS: [dnsService],
    clusterDomain: "cluster.local",
    // An empty file: pods do not see the machine's resolver.
    resolvConf: join(folder, "resolv.conf"),
    imageGCHighThresholdPercent: 100,
    evictionHard: Object.fromEntries(signals.map((signal) => [signal, "0%"])),
    maxPods: 250,
    registryPullQPS: 0,
    serializeImagePulls: false,
  });
}

/** KubeProxyConfiguration v1alpha1. */
export function proxySettings({ pods }: ClusterAddresses, { folder }: ClusterFiles): string {
  return stringify({
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    clusterCIDR: pods,
    clientConnection: { kubeconfig: join(folder, "proxy.kubeconfig") },
    nodePortAddresses: [],
    nftables: { minSyncPeriod: "100ms" },
    // The kernel's limit cannot be written in a network namespace.
    conntrack: { maxPerCore: 0 },
    hostnameOverride: nodeName,
  });
}
