import type { EnvoyGateway } from "../api/v1alpha1/envoygateway.ts";
import { anyHost } from "./http/addresses.ts";
import type { ListenPlan } from "./http/listen.ts";

/** An address, or a part of it. */
export interface PartialAddress {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

/** Places to listen that take the place of the usual ones; port 0 takes a free one. */
export interface ServerPorts {
  /** Default: port 18000 of all addresses. */
  readonly xds?: PartialAddress | undefined;
  /** Default: `admin.address` of the configuration, 127.0.0.1:19000. */
  readonly admin?: PartialAddress | undefined;
  /** Default: port 19001 of all addresses. */
  readonly metrics?: PartialAddress | undefined;
  /** Default: port 8081 of all addresses. */
  readonly health?: PartialAddress | undefined;
}

export type ServerPlans = Readonly<Record<keyof ServerPorts, ListenPlan>>;

/** Where each part of a server listens. */
export function serverPlans(config: EnvoyGateway, given: ServerPorts = {}): ServerPlans {
  const { host, port } = config.admin.address;
  const everyAddress = anyHost();
  const adminSetting =
    given.admin?.port === undefined ? "--admin-port, or admin.address.port in the configuration" : "--admin-port";
  return {
    xds: plan("the xDS server", given.xds, { host: everyAddress, port: 18_000 }, "--xds-port"),
    admin: plan("the admin server", given.admin, { host, port }, adminSetting),
    metrics: plan("metrics", given.metrics, { host: everyAddress, port: 19_001 }, "--metrics-port"),
    health: plan("health checks", given.health, { host: everyAddress, port: 8_081 }, "--health-port"),
  };
}

function plan(
  what: string,
  given: PartialAddress | undefined,
  usual: Required<{ host: string; port: number }>,
  setting: string,
): ListenPlan {
  return { what, setting, host: given?.host ?? usual.host, port: given?.port ?? usual.port };
}
