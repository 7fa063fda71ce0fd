/**
 * What a cluster is made of. These are the versions required by the `go.mod` beside each program in `go/` (a test holds them
 * together); to raise one, change both: `go get <module>@<version>` in its folder.
 */
export const versions = {
  /** API server, controller manager, scheduler, kubelet, proxy and kubectl. */
  kubernetes: "v1.37.2",
  etcd: "v3.7.3",
  containerd: "v2.4.2",
  coredns: "v1.15.0",
  /** Echo servers of the Gateway API's conformance suite. */
  echoBackend: "v0.1.0",
  /** The conformance suite; it asks for CRDs of the same version. */
  gatewayAPI: "v1.7.0",
} as const;
