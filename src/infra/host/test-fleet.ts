import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FleetSpec, type FleetStatus, fleetName, type InfraLogger, type Infrastructure } from "../fleet.ts";
import type { HostDirectories } from "./directories.ts";

/** Scaffolding of this folder's tests: Envoys that serve a fixed answer without any control plane. */

/** The Envoy of the project's own set-up, or the one the environment names. */
export const testEnvoy =
  process.env.ENVOY_BIN ?? process.env.ENVOY ?? join(import.meta.dirname, "../../../.tools/envoy");

export const hasEnvoy = existsSync(testEnvoy);

export async function temporaryDirectories(): Promise<HostDirectories & { readonly remove: () => Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), "eg-host-"));
  return {
    configHome: join(root, "config"),
    dataHome: join(root, "data"),
    stateHome: join(root, "state"),
    runtimeDir: join(root, "run"),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/**
 * A fleet whose Envoy answers `answer` on `port` at once and does not wait for a control plane: listener and timeouts come in
 * through the user's bootstrap.
 */
export function selfServingFleet(
  key: string,
  port: number,
  answer: string,
  extra: Partial<FleetSpec["envoyProxy"]> = {},
): FleetSpec {
  const timeouts = { initial_fetch_timeout: "0.05s" };
  const value = {
    dynamic_resources: { lds_config: timeouts, cds_config: timeouts },
    static_resources: { listeners: [answeringListener(port, answer)] },
  };
  return {
    key,
    name: fleetName(key),
    ports: [{ name: "http", port, transport: "TCP" }],
    envoyProxy: { concurrency: 1, bootstrap: { type: "Merge", value: JSON.stringify(value) }, ...extra },
  };
}

function answeringListener(port: number, answer: string): object {
  return {
    name: "test",
    address: { socket_address: { address: "127.0.0.1", port_value: port } },
    filter_chains: [
      {
        filters: [
          {
            name: "http",
            typed_config: {
              "@type":
                "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
              stat_prefix: "test",
              route_config: {
                virtual_hosts: [
                  {
                    name: "all",
                    domains: ["*"],
                    routes: [
                      { match: { prefix: "/" }, direct_response: { status: 200, body: { inline_string: answer } } },
                    ],
                  },
                ],
              },
              http_filters: [
                {
                  name: "fault",
                  typed_config: {
                    "@type": "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault",
                    delay: { header_delay: {}, percentage: { numerator: 100 } },
                  },
                },
                {
                  name: "router",
                  typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
                },
              ],
            },
          },
        ],
      },
    ],
  };
}

/** Resolves with the first status of a fleet that `isWanted` accepts, the present one included. */
export function statusThat(
  infra: Infrastructure,
  key: string,
  isWanted: (status: FleetStatus) => boolean,
): Promise<FleetStatus> {
  return new Promise((resolve) => {
    const stop = infra.watch((status) => check(status));
    const check = (status: FleetStatus | undefined): void => {
      if (status?.key !== key || !isWanted(status)) return;
      stop();
      resolve(status);
    };
    check(infra.statuses().find((status) => status.key === key));
  });
}

/** The body of a GET on a connection of its own. */
export function get(port: number, headers: Record<string, string> = {}, path = "/"): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ host: "127.0.0.1", port, path, headers, agent: false }, (response) => {
      let body = "";
      response.on("data", (part: Buffer) => {
        body += part.toString();
      });
      response.on("end", () => resolve(body));
    });
    call.on("error", reject);
    call.end();
  });
}

/** A logger that keeps what it is told. */
export function recordingLogger(): InfraLogger & {
  readonly lines: { readonly level: string; readonly message: string }[];
} {
  const lines: { level: string; message: string }[] = [];
  const at = (level: string) => (_: object, message: string) => {
    lines.push({ level, message });
  };
  return { lines, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
