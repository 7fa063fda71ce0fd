import { isDeepStrictEqual } from "node:util";
import type { EnvoyGateway } from "../../api/v1alpha1/envoygateway.ts";

/** What a changed configuration asks for. */
export interface ConfigChange {
  /** Top-level fields that differ. */
  readonly fields: readonly string[];
  /** Source, xDS server and infrastructure have to be made anew. */
  readonly needsRestart: boolean;
  /** Objects mean something else now. */
  readonly needsTranslation: boolean;
  readonly needsAdminListener: boolean;
  readonly needsMetricsListener: boolean;
}

type Field = keyof EnvoyGateway;

/** The statuses of another controller name are not ours, hence `gateway`. */
const restarting: readonly Field[] = ["provider", "gateway", "xdsServer"];
const translated: readonly Field[] = ["extensionApis", "envoyProxy", "runtimeFlags", "gatewayAPI", "rateLimit"];

/** Compares two configurations; `undefined` when they are the same. */
export function changeOf(former: EnvoyGateway, next: EnvoyGateway): ConfigChange | undefined {
  const names = [...new Set([...Object.keys(former), ...Object.keys(next)])] as Field[];
  const fields = names.filter((name) => !isDeepStrictEqual(former[name], next[name])).sort();
  if (fields.length === 0) return undefined;
  return {
    fields,
    needsRestart: fields.some((field) => restarting.includes(field)),
    needsTranslation: fields.some((field) => translated.includes(field)),
    needsAdminListener: !isDeepStrictEqual(former.admin.address, next.admin.address),
    needsMetricsListener: former.telemetry.metrics.prometheus.disable !== next.telemetry.metrics.prometheus.disable,
  };
}
