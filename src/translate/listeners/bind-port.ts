import type { ProxySettings } from "../gateways/proxy-settings.ts";
import type { TranslationOptions } from "../options.ts";

/** TCP ports in an Envoy's pod that the pod needs itself. */
export const envoyPodPorts = { admin: 19_000, metrics: 19_001, shutdown: 19_002, ready: 19_003 } as const;

/** Ports below this one take privileges to bind. */
export const firstUnprivilegedPort = 1024;
/** How much higher those are bound in a pod. */
export const privilegedPortShift = 10_000;

/** Envoy runs without privileges in a pod, so it binds low ports 10000 higher there; on a host the listener's port is used as it is. */
export function bindPort(
  port: number,
  proxy: Pick<ProxySettings, "provider">,
  options: Pick<TranslationOptions, "shiftPrivilegedPorts">,
): number {
  const keepsPort = proxy.provider?.kubernetes?.useListenerPortAsContainerPort === true;
  const isShifted = options.shiftPrivilegedPorts && !keepsPort && port < firstUnprivilegedPort;
  return isShifted ? port + privilegedPortShift : port;
}
