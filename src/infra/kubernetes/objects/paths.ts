import type { FleetScope } from "../scope.ts";

/** Where things lie in Envoy's container. */
export const directories = {
  certificates: "/certs",
  sds: "/sds",
  token: "/var/run/secrets/token",
} as const;

/** Whether Envoys prove who they are by a service account's token, since the Secret with their certificate lies elsewhere. */
export function hasTokens({ namespace, settings }: FleetScope): boolean {
  return settings.deploy === "GatewayNamespace" && namespace !== settings.namespace;
}
