import type { JsonObject } from "@bufbuild/protobuf";
import { configDumps } from "../../../server/admin/config-dumps.ts";
import { dumpTypes } from "../../../server/admin/dump-types.ts";
import type { PlannedFleet, Translation, TranslationChanges } from "../../../translate/translation.ts";
import type { TranslateOptions } from "./options.ts";

/** Envoy's configuration for each fleet, as its own `/config_dump` would show it: all of it, or the part of one type. */
export async function envoyConfigs(
  translation: Translation,
  changes: TranslationChanges,
  { type, namespace, dnsDomain }: Pick<TranslateOptions, "type" | "namespace" | "dnsDomain">,
): Promise<Record<string, unknown>> {
  const configs: Record<string, unknown> = {};
  for (const [key, fleet] of translation.fleets.entries()) {
    const isBootstrapWanted = type === "all" || type === "bootstrap";
    const bootstrap = isBootstrapWanted
      ? await bootstrapOf(fleet, `envoy-gateway.${namespace}.svc.${dnsDomain}.`)
      : undefined;
    const dumps = await configDumps(changes.xds.get(key) ?? {}, bootstrap);
    configs[key] =
      type === "all"
        ? { "@type": "type.googleapis.com/envoy.admin.v3.ConfigDump", configs: dumps }
        : (dumps.find((dump) => dump["@type"] === dumpTypes[type]) ?? { "@type": dumpTypes[type] });
  }
  return configs;
}

/** The static configuration of an Envoy in a cluster. */
async function bootstrapOf(fleet: PlannedFleet, xdsHost: string): Promise<JsonObject> {
  const { buildBootstrap } = await import("../../../infra/bootstrap/bootstrap.ts");
  const { customizeBootstrap } = await import("../../../infra/bootstrap/customize.ts");
  const { normalizedBootstrap } = await import("./normalized-bootstrap.ts");
  const { prometheus, matches } = fleet.proxy.telemetry?.metrics ?? {};
  const base = buildBootstrap({
    xdsAddress: { host: xdsHost, port: 18_000 },
    xdsTls: { from: "sds", certificate: "/sds/xds-certificate.json", trustedAuthorities: "/sds/xds-trusted-ca.json" },
    adminAddress: { host: "127.0.0.1", port: 19_000 },
    localCluster: fleet.key,
    statsSinks: fleet.statsSinks,
    statsMatches: matches,
    ...(prometheus?.disable !== true && {
      prometheus: {
        address: { host: "0.0.0.0", port: 19_001 },
        adminPort: 19_000,
        compression: prometheus?.compression?.type,
      },
    }),
  });
  const custom = await customizeBootstrap(base, fleet.proxy.bootstrap);
  return normalizedBootstrap("problems" in custom ? base : custom.bootstrap);
}
