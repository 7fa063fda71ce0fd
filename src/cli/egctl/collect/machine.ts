import type { CliContext } from "../../context.ts";
import { askJson, askText } from "../admin-client.ts";
import { findEnvoys } from "../target/envoys.ts";
import type { Target } from "../target/target.ts";
import type { Bundle } from "./bundle.ts";
import type { CollectOptions } from "./options.ts";
import { proxyDump } from "./proxy-dump.ts";

/** What the control plane's admin server tells, by the names the files get. */
const documents = {
  objects: "/api/config_dump?resource=all",
  statuses: "/api/status",
  problems: "/api/problems",
  envoys: "/api/envoys",
  "server-info": "/api/server_info",
} as const;

/** Adds what a control plane on this machine and its Envoys tell. */
export async function collectMachine(
  bundle: Bundle,
  target: Target & { readonly kind: "machine" },
  { sds, envoyProxyNamespaces }: CollectOptions,
  context: CliContext,
): Promise<void> {
  const { admin } = target;
  for (const [name, path] of Object.entries(documents)) {
    const file = `control-plane/${name}.json`;
    await bundle.add(file, async () => bundle.json(file, await askJson(admin, path)));
  }
  const metrics = "prometheus-metrics/envoy-gateway.prom";
  await bundle.add(metrics, async () => bundle.text(metrics, await askText(admin, "/api/metrics")));
  await bundle.add("config-dumps", async () => {
    for (const envoy of await findEnvoys(target, undefined, {}, context)) {
      const { namespace, name } = envoy;
      if (envoyProxyNamespaces.length > 0 && !envoyProxyNamespaces.includes(namespace)) continue;
      const dump = `config-dumps/${namespace}/${name}.json`;
      await bundle.add(dump, async () => bundle.json(dump, await proxyDump(envoy.admin, sds)));
      const stats = `prometheus-metrics/${namespace}/${name}.prom`;
      await bundle.add(stats, async () => bundle.text(stats, await askText(envoy.admin, "/stats/prometheus")));
    }
  });
}
