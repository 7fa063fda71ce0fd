import { quantityBytes } from "../../api/quantity.ts";
import { envoyArguments } from "../bootstrap/arguments.ts";
import { buildBootstrap } from "../bootstrap/bootstrap.ts";
import { customizeBootstrap } from "../bootstrap/customize.ts";
import { xdsCertificateFile, xdsTokenFile, xdsTrustedAuthorityFile } from "../bootstrap/sds.ts";
import type { XdsTls } from "../bootstrap/xds-cluster.ts";
import type { FleetProblem } from "../fleet.ts";
import { directories, hasTokens } from "./objects/paths.ts";
import { workloadSettings } from "./objects/workload.ts";
import type { FleetScope } from "./scope.ts";
import { controlPlaneHost, podPorts } from "./settings.ts";

/** Envoy's arguments in a pod, or why the EnvoyProxy's `bootstrap` cannot be used. */
export async function podBootstrap(
  scope: FleetScope,
): Promise<{ readonly args: readonly string[] } | { readonly problems: readonly FleetProblem[] }> {
  const { fleet, settings } = scope;
  const proxy = fleet.envoyProxy;
  const isIPv6 = proxy?.ipFamily === "IPv6";
  const adminHost = isIPv6 ? "::1" : "127.0.0.1";
  const host = isIPv6 || proxy?.ipFamily === "DualStack" ? "::" : "0.0.0.0";
  const prometheus = proxy?.telemetry?.metrics?.prometheus;
  const base = buildBootstrap({
    // The dot at the end keeps the resolver from trying the pod's search domains first.
    xdsAddress: { host: `${controlPlaneHost(settings)}.`, port: podPorts.xds },
    xdsTls: xdsTls(scope),
    adminAddress: { host: adminHost, port: podPorts.admin },
    readiness: { host, port: podPorts.ready },
    memoryLimitBytes: memoryLimit(scope),
    ...(prometheus?.disable !== true && {
      prometheus: {
        address: { host, port: podPorts.metrics },
        adminHost,
        adminPort: podPorts.admin,
        compression: prometheus?.compression?.type,
      },
    }),
  });
  const custom = await customizeBootstrap(base, proxy?.bootstrap);
  if ("problems" in custom) return custom;
  const { bootstrap } = custom;
  return { args: envoyArguments({ fleet, bootstrap, nodeId: "$(ENVOY_POD_NAME)", isReplaceable: false }) };
}

function xdsTls(scope: FleetScope): XdsTls {
  const trustedAuthorities = `${directories.sds}/${xdsTrustedAuthorityFile}`;
  return hasTokens(scope)
    ? {
        from: "token",
        token: `${directories.sds}/${xdsTokenFile}`,
        tokenDirectory: directories.token,
        trustedAuthorities,
      }
    : { from: "sds", certificate: `${directories.sds}/${xdsCertificateFile}`, trustedAuthorities };
}

function memoryLimit(scope: FleetScope): number | undefined {
  const limits = workloadSettings(scope)?.container?.resources?.["limits"];
  const memory = typeof limits === "object" && limits !== null && "memory" in limits ? limits["memory"] : undefined;
  return typeof memory === "string" || typeof memory === "number" ? quantityBytes(memory) : undefined;
}
