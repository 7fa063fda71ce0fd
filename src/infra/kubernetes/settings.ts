import { envoyPodPorts } from "../../translate/listeners/bind-port.ts";

/** What is the same for all fleets of a cluster. */
export interface KubernetesInfraSettings {
  /** Namespace of the control plane. */
  readonly namespace: string;
  /** Its name in GatewayClasses, e.g. `gateway.envoyproxy.io/gatewayclass-controller`. */
  readonly controllerName: string;
  /** Where fleets run: all in the control plane's namespace, or each in that of its Gateway. */
  readonly deploy: "ControllerNamespace" | "GatewayNamespace";
  /** Beside their Gateways: the namespaces that are looked at; absent: all. */
  readonly namespaces?: readonly string[] | undefined;
  /** DNS domain of the cluster, e.g. `cluster.local`. */
  readonly clusterDomain: string;
  readonly images: {
    /** E.g. `docker.io/envoyproxy/envoy:distroless-v1.39.0`. */
    readonly envoy: string;
    /** An image with our `envoy-gateway`. */
    readonly shutdownManager: string;
  };
  /** PEM of the authority that signs the control plane's certificate; needed where fleets run in their Gateways' namespaces. */
  readonly certificateAuthority?: (() => string) | undefined;
}

/** Service of the control plane; Envoys connect to it. */
export const controlPlaneService = "envoy-gateway";

/** The control plane is recognised by it in what we write (server-side apply). */
export const fieldManager = "envoy-gateway";

/** What a node has is not pulled again, whatever its tag: images that were loaded into a node are in no registry. */
export const imagePullPolicy = "IfNotPresent";

/** Ports that every Envoy's pod has. */
export const podPorts = { xds: 18_000, ...envoyPodPorts } as const;

/** Name of the control plane in the cluster's DNS; Envoys' tokens are for it alone. */
export function controlPlaneHost({
  namespace,
  clusterDomain,
}: Pick<KubernetesInfraSettings, "namespace" | "clusterDomain">): string {
  return `${controlPlaneService}.${namespace}.svc.${clusterDomain}`;
}
