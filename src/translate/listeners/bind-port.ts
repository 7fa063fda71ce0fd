import type { ProxySettings } from "../gateways/proxy-settings.ts";
import type { TranslationOptions } from "../options.ts";

/** Envoy runs without privileges in a pod, so it binds low ports 10000 higher there; on a host the listener's port is used as it is. */
export function bindPort(
  port: number,
  proxy: Pick<ProxySettings, "provider">,
  options: Pick<TranslationOptions, "shiftPrivilegedPorts">,
): number {
  const keepsPort = proxy.provider?.kubernetes?.useListenerPortAsContainerPort === true;
  return options.shiftPrivilegedPorts && !keepsPort && port < 1024 ? port + 10000 : port;
}
