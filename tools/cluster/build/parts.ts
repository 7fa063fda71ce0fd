/** Programs of a cluster, each built from a Go module in `../go`. */
import { versions } from "../versions.ts";

export interface Part {
  /** Its folder in `go/`. */
  readonly name: string;
  /** What is shown while it is built. */
  readonly title: string;
  /** Package of each program that comes out. Those that start with `./` stand in the folder itself. */
  readonly programs: Readonly<Record<string, string>>;
  /** Whether the programs are those of the packages' tests (`go test -c`). */
  readonly isTest?: boolean;
  /** Version of Go that it needs where the machine's is older; Go fetches it by itself. Default: the machine's. */
  readonly toolchain?: string;
  /** Other names of a program, by which it can tell what it is to do. */
  readonly links?: Readonly<Record<string, readonly string[]>>;
  readonly tags?: string;
  /** Variables set while linking. */
  readonly variables?: Readonly<Record<string, string>>;
}

const [, minor] = versions.kubernetes.split(".");

/** Kubernetes reads its version from these; without them it calls itself v0.0.0 and kubectl warns. */
const kubernetesVariables = Object.fromEntries(
  ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((name) => [
    [`${name}.gitVersion`, versions.kubernetes],
    [`${name}.gitMajor`, "1"],
    [`${name}.gitMinor`, minor ?? ""],
  ]),
);

const containerd = "github.com/containerd/containerd/v2/cmd";

/** The longest comes first: what is wrong with the set-up shows early, and the rest finds most packages compiled. */
export const parts: readonly Part[] = [
  {
    name: "kubernetes",
    title: `Kubernetes ${versions.kubernetes}`,
    programs: { kubernetes: "./components", kubectl: "./kubectl" },
    links: { kubernetes: ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet"] },
    variables: kubernetesVariables,
  },
  { name: "etcd", title: `etcd ${versions.etcd}`, programs: { etcd: "go.etcd.io/etcd/server/v3" } },
  {
    name: "containerd",
    title: `containerd ${versions.containerd}`,
    programs: {
      containerd: `${containerd}/containerd`,
      "containerd-shim-runc-v2": `${containerd}/containerd-shim-runc-v2`,
      ctr: `${containerd}/ctr`,
    },
    // Snapshotters that need headers or kernel features a developer's machine rarely has.
    tags: "no_btrfs no_devmapper no_zfs",
  },
  { name: "coredns", title: `CoreDNS ${versions.coredns}`, programs: { coredns: "./." } },
  {
    name: "echo",
    title: `echo backend ${versions.echoBackend}`,
    programs: { "echo-basic": "sigs.k8s.io/gateway-api-conformance-images/echo-basic" },
  },
  { name: "yages", title: "gRPC server of the guide", programs: { yages: "./." } },
  { name: "pause", title: "pause", programs: { pause: "./." } },
];

/** The Gateway API's conformance suite: no part of a cluster, and built when it is to be run. */
export const conformanceSuite: Part = {
  name: "conformance",
  title: `conformance suite of the Gateway API ${versions.gatewayAPI}`,
  programs: { "conformance.test": "sigs.k8s.io/gateway-api/conformance" },
  isTest: true,
  toolchain: "go1.27.4",
};
