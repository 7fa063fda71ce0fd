/** Settings of a translation that come from the EnvoyGateway configuration or from the command, not from objects. */
export interface TranslationOptions {
  /** GatewayClasses with this `controllerName` are ours. */
  readonly controllerName: string;
  /** Namespace of the control plane; references without any namespace are looked up here. */
  readonly controllerNamespace: string;
  /**
   * Where traffic for a Service goes unless an EnvoyProxy says otherwise: to its ready endpoints, or to its cluster IP.
   * `egctl x translate` uses `Service`, as the original does; a server uses `Endpoint`.
   */
  readonly routingType: "Endpoint" | "Service";
  /** Ports below 1024 are served on port + 10000, since Envoy runs without privileges in a pod. Off for host infrastructure. */
  readonly shiftPrivilegedPorts: boolean;
  /** Envoys run in the namespaces of their Gateways, so that Gateways of several namespaces cannot be merged. */
  readonly fleetsBesideGateways: boolean;
  /** Name of route tables and listeners: `listener` after the first listener on a port (the original's default), `port` after protocol and port. */
  readonly xdsNames: "listener" | "port";
  /** Kinds of backendRef and policy features that have to be switched on. */
  readonly extensionApis: {
    readonly enableBackend: boolean;
    readonly enableEnvoyPatchPolicy: boolean;
    readonly enableLua: boolean;
  };
  /** Features of the Gateway API that come from where Envoys run, for `status.supportedFeatures`; by the names of its conformance suite. */
  readonly platformFeatures: readonly string[];
  /** DNS domain of the cluster, for names of Services. */
  readonly clusterDomain: string;
  /** File where Envoy finds the authorities that its system trusts. */
  readonly systemCaFile: string;
}

export const defaultTranslationOptions: TranslationOptions = {
  controllerName: "gateway.envoyproxy.io/gatewayclass-controller",
  controllerNamespace: "envoy-gateway-system",
  routingType: "Endpoint",
  shiftPrivilegedPorts: false,
  fleetsBesideGateways: false,
  xdsNames: "listener",
  extensionApis: { enableBackend: false, enableEnvoyPatchPolicy: false, enableLua: false },
  platformFeatures: [],
  clusterDomain: "cluster.local",
  // In images made of Debian, Alpine or distroless ones, Envoy's own among them.
  systemCaFile: "/etc/ssl/certs/ca-certificates.crt",
};
