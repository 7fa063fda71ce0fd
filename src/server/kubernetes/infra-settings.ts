import type { EnvoyGateway } from "../../api/v1alpha1/envoygateway.ts";
import { defaultEnvoyVersion } from "../../infra/host/envoy-binary.ts";
import type { KubernetesInfraSettings } from "../../infra/kubernetes/settings.ts";
import type { Surroundings } from "../translation-settings.ts";
import { versionInfo } from "../version.ts";

/**
 * What the configuration and the control plane's own pod say about fleets in a cluster. `ENVOY_GATEWAY_IMAGE` names the image of the control
 * plane, which Envoys' pods run for their shutdown as well; the chart sets it.
 */
export function infraSettings(
  { gateway, provider }: EnvoyGateway,
  { namespace, clusterDomain }: Surroundings,
  env: Readonly<Record<string, string | undefined>>,
  certificateAuthority: () => string,
): KubernetesInfraSettings {
  const { deploy, shutdownManager, watch } = provider.kubernetes ?? {};
  const ownImage = env["ENVOY_GATEWAY_IMAGE"] || `docker.io/envoyproxy/gateway:${versionInfo.envoyGatewayVersion}`;
  return {
    namespace,
    controllerName: gateway.controllerName,
    deploy: deploy?.type ?? "ControllerNamespace",
    ...(watch?.type === "Namespaces" && { namespaces: [...new Set([...(watch.namespaces ?? []), namespace])] }),
    clusterDomain,
    images: {
      envoy: `docker.io/envoyproxy/envoy:distroless-v${defaultEnvoyVersion}`,
      shutdownManager: shutdownManager?.image ?? ownImage,
    },
    certificateAuthority,
  };
}
