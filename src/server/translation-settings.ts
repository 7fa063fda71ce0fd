import { existsSync } from "node:fs";
import type { EnvoyGateway } from "../api/v1alpha1/envoygateway.ts";
import { registry } from "../features/kinds.ts";
import { defaultTranslationOptions, type TranslationOptions } from "../translate/options.ts";
import { Translation } from "../translate/translation.ts";

/** Facts about where the control plane runs, from the environment. */
export interface Surroundings {
  /** Namespace of the control plane. */
  readonly namespace: string;
  /** DNS domain of the cluster. */
  readonly clusterDomain: string;
  /** File with the authorities that this system, and so Envoys on it, trust. */
  readonly systemCaFile: string;
}

/** Where Debian and Alpine, Fedora, SUSE, and BSD or macOS keep them. */
const caFiles = [
  defaultTranslationOptions.systemCaFile,
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/** Surroundings from the environment's variables, with the usual defaults. `SSL_CERT_FILE` names the system's authorities, as it does for OpenSSL. */
export function surroundingsOf(env: Readonly<Record<string, string | undefined>>): Surroundings {
  return {
    namespace: env["ENVOY_GATEWAY_NAMESPACE"] ?? defaultTranslationOptions.controllerNamespace,
    clusterDomain: env["KUBERNETES_CLUSTER_DOMAIN"] ?? defaultTranslationOptions.clusterDomain,
    systemCaFile:
      env["SSL_CERT_FILE"] || (caFiles.find((file) => existsSync(file)) ?? defaultTranslationOptions.systemCaFile),
  };
}

/** What Envoys as pods have over processes on a machine. */
const clusterFeatures = ["GatewayInfrastructure"];

/** What the configuration says about translation. */
function translationOptions(config: EnvoyGateway, surroundings: Surroundings): TranslationOptions {
  const { namespace, clusterDomain, systemCaFile } = surroundings;
  const { extensionApis, gateway, provider, runtimeFlags } = config;
  const isOn = (flag: NonNullable<NonNullable<typeof runtimeFlags>["enabled"]>[number]): boolean =>
    runtimeFlags?.enabled?.includes(flag) === true && runtimeFlags.disabled?.includes(flag) !== true;
  return {
    ...defaultTranslationOptions,
    controllerName: gateway.controllerName,
    controllerNamespace: namespace,
    clusterDomain,
    // In a cluster Envoys run in images of their own, without privileges.
    ...(provider.type === "Kubernetes"
      ? {
          shiftPrivilegedPorts: true,
          fleetsBesideGateways: provider.kubernetes?.deploy?.type === "GatewayNamespace",
          platformFeatures: clusterFeatures,
        }
      : { systemCaFile }),
    xdsNames: isOn("XDSNameSchemeV2") ? "port" : "listener",
    extensionApis: {
      ...defaultTranslationOptions.extensionApis,
      enableBackend: extensionApis.enableBackend,
      enableEnvoyPatchPolicy: extensionApis.enableEnvoyPatchPolicy,
      enableLua: extensionApis.enableLua ?? extensionApis.disableLua === false,
    },
  };
}

/** A translation without objects. */
export function createTranslation(config: EnvoyGateway, surroundings: Surroundings): Translation {
  const kinds = registry.kinds.map(({ kind }) => kind);
  return new Translation(translationOptions(config, surroundings), kinds, config.envoyProxy);
}
