import type { FleetScope } from "../scope.ts";

/** Where things lie in Envoy's container. */
export const directories = {
  certificates: "/certs",
  sds: "/sds",
  token: "/var/run/secrets/token",
} as const;

/** Whether Envoys prove who they are by a service account's token: beside Gateways, where the Secret with a certificate would be everybody's. */
export function hasTokens({ owner, settings }: FleetScope): boolean {
  return settings.deploy === "GatewayNamespace" && owner.gateway !== undefined;
}
