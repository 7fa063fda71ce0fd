import { dumpTypes } from "../../../server/admin/dump-types.ts";
import type { AdminServer } from "../admin-client.ts";
import { envoyConfig } from "../proxy-config.ts";

/** An Envoy's whole configuration; secrets are left out unless `sds` asks for them, and private keys are masked then. */
export async function proxyDump(admin: AdminServer, sds: true | undefined): Promise<unknown> {
  const dump = (await envoyConfig("all", admin)) as { readonly configs?: readonly Record<string, unknown>[] };
  if (sds) return dump;
  return { ...dump, configs: dump.configs?.filter((config) => config["@type"] !== dumpTypes.secret) };
}
