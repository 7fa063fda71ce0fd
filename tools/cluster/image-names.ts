/** Names of the images that every cluster has. */
import { versions } from "./versions.ts";

export const pauseImage = "docker.io/envoyproxy/cluster-pause:1";
export const corednsImage = `docker.io/coredns/coredns:${versions.coredns}`;

/** The echo backend under every name by which examples and the Gateway API's conformance suite ask for it. */
export const echoImages: readonly string[] = [
  "registry.k8s.io/gateway-api/conformance/echo-basic:v0.1.0",
  "registry.k8s.io/gateway-api/conformance/echo-basic:v0.2.0",
  "registry.k8s.io/gateway-api/echo-basic:v1.5.1",
  "gcr.io/k8s-staging-gateway-api/echo-basic:v20231214-v1.0.0-140-gf544a46e",
];

/** The gRPC server of the guide's gRPC chapter, as its example asks for it. */
export const yagesImage = "ghcr.io/projectcontour/yages:v0.1.0";
