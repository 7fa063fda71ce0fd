/** Envoys that the benchmark runs by itself: the backends, and the one without a control plane. */
import type { ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { start } from "./processes.ts";

/** The Envoy that everything runs: `ENVOY_BIN`, or the one that the set-up installed. */
export const envoyBinary = process.env["ENVOY_BIN"] || join(import.meta.dirname, "../.tools/envoy");

const types = "type.googleapis.com/envoy.extensions.filters";

/** Static listener on this machine (`envoy.config.listener.v3.Listener` as JSON); `routes` is how the connection manager gets its routes. */
export function listener(port: number, routes: object): object {
  const router = { name: "router", typed_config: { "@type": `${types}.http.router.v3.Router` } };
  const manager = {
    "@type": `${types}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: "http",
    http_filters: [router],
    ...routes,
  };
  return {
    name: `on-${port}`,
    address: { socket_address: { address: "127.0.0.1", port_value: port } },
    filter_chains: [{ filters: [{ name: "http", typed_config: manager }] }],
  };
}

/** Starts an Envoy with this bootstrap (`envoy.config.bootstrap.v3.Bootstrap` as JSON). */
export function startEnvoy(root: string, name: string, bootstrap: object): ChildProcess {
  const file = join(root, `${name}.json`);
  writeFileSync(file, JSON.stringify(bootstrap));
  return start(envoyBinary, ["-c", file, "--disable-hot-restart", "-l", "warn"], join(root, `${name}.log`));
}
