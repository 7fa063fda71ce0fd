/** The gateway that is installed in a cluster, and the cluster's own addresses. */
import { parse } from "yaml";
import { addressesOf } from "../cluster/addresses.ts";
import type { Kubectl } from "./kubectl.ts";
import type { DeployMode } from "./options.ts";

export interface Installation {
  readonly mode: DeployMode;
  /** Of `spec.controllerName` in GatewayClasses. */
  readonly controllerName: string;
  /** A semantic version, made from the tag of the image that runs. */
  readonly version: string;
}

/** What is looked at in the configuration. */
interface Configuration {
  readonly gateway?: { readonly controllerName?: string };
  readonly provider?: { readonly kubernetes?: { readonly deploy?: { readonly type?: DeployMode } } };
}

interface Deployment {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}

const defaultControllerName = "gateway.envoyproxy.io/gatewayclass-controller";

/** Reads it from the cluster. Throws where there is none in the namespace. */
export function findInstallation(kubectl: Kubectl, namespace: string): Installation {
  const at = ["-n", namespace];
  const map = kubectl.get<{ data?: Record<string, string> }>(["configmap", "envoy-gateway-config", ...at]);
  const deployment = kubectl.get<Deployment>(["deployment", "envoy-gateway", ...at]);
  if (!map || !deployment)
    throw new Error(
      `Envoy Gateway is not installed in namespace ${namespace}: make kube-deploy, or say another NAMESPACE`,
    );
  const configuration = parse(map.data?.["envoy-gateway.yaml"] ?? "{}") as Configuration;
  return {
    mode: configuration.provider?.kubernetes?.deploy?.type ?? "ControllerNamespace",
    controllerName: configuration.gateway?.controllerName ?? defaultControllerName,
    version: versionOf(deployment.spec.template.spec.containers[0]?.image ?? ""),
  };
}

/** A version of an image: its tag where that is one, else one that comes before all and names the tag. */
export function versionOf(image: string): string {
  const tag = /:([^/:@]+)(@|$)/.exec(image)?.[1] ?? "unknown";
  return /^v?\d+\.\d+\.\d+/.test(tag) ? `v${tag.replace(/^v/, "")}` : `v0.0.0-${tag}`;
}

/** Addresses for `--usable-address` and `--unusable-address` where the API server is that of a local cluster; otherwise undefined. */
export function staticAddresses(server: string): { usable: string; unusable: string } | undefined {
  const number = /^https:\/\/10\.213\.(\d)\.2:/.exec(server)?.[1];
  if (number === undefined) return undefined;
  // Outside of what is given out by itself, and outside of every cluster.
  return { usable: addressesOf(Number(number)).loadBalancers.replace(".0/24", ".250"), unusable: "192.0.2.1" };
}

/** Address of the API server of the current context. */
export function serverOf(kubectl: Kubectl): string {
  return kubectl.run(["config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}"]);
}
