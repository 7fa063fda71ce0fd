import type { EnvoyGateway } from "../api/v1alpha1/envoygateway.ts";
import { type HostDirectories, hostDirectories } from "../infra/host/directories.ts";
import type { Logs } from "./logs/logs.ts";
import type { MetricStore } from "./metrics/metric-store.ts";
import type { Platform } from "./platform.ts";
import { StartError } from "./start-error.ts";
import type { Surroundings } from "./translation-settings.ts";

export interface PlatformOptions {
  readonly config: EnvoyGateway;
  readonly surroundings: Surroundings;
  readonly logs: Logs;
  readonly metrics: MetricStore;
  readonly clock: () => Date;
  readonly settings: {
    readonly env: Readonly<Record<string, string | undefined>>;
    /** Envoy named by the user. */
    readonly envoy?: string | undefined;
    readonly bundledEnvoys?: readonly { readonly path: string; readonly version: string }[] | undefined;
    /** Directory of the control plane's certificate in a cluster. */
    readonly certificates?: string | undefined;
  };
}

/** The platform that a configuration asks for (`provider`). Rejects with a {@link StartError} when it cannot be had. */
export async function createPlatform({ settings, ...shared }: PlatformOptions): Promise<Platform> {
  const { env, envoy, bundledEnvoys, certificates } = settings;
  // Only one of the two is ever used, and loading takes time at the start.
  if (!runsHere(shared.config)) {
    const { KubernetesPlatform } = await import("./kubernetes/kubernetes-platform.ts");
    return new KubernetesPlatform({ ...shared, env, certificates });
  }
  const { HostPlatform } = await import("./host/host-platform.ts");
  return new HostPlatform({
    ...shared,
    envoy: {
      explicit: envoy ?? env["ENVOY_BIN"] ?? env["ENVOY"],
      bundled: bundledEnvoys,
      searchPath: env["PATH"] ?? "",
    },
  });
}

/** The directories that a configuration names for a host, or their defaults. */
export function directoriesOf({ provider }: EnvoyGateway): HostDirectories {
  return hostDirectories(provider.custom?.infrastructure?.host);
}

/** Whether Envoys are processes of this machine, of which only one control plane may take care. */
export function runsHere({ provider }: EnvoyGateway): boolean {
  return provider.type !== "Kubernetes";
}

/** Throws a {@link StartError} for what this version cannot do. */
export function requireSupported({ provider }: EnvoyGateway): void {
  if (provider.custom?.resource.type === "Kubernetes") {
    throw new StartError(
      "provider.custom.resource.type Kubernetes is not supported by this version; set provider.type to Kubernetes, or the resource type to File.",
    );
  }
  if (provider.custom?.infrastructure?.type === "Remote") {
    throw new StartError("provider.custom.infrastructure.type Remote is not supported by this version; use Host.");
  }
}
