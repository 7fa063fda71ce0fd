import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Authority } from "./certificates.ts";
import { until } from "./until.ts";

/** Path of the Envoy the tests run, as the toolchain installs it. */
export const envoyPath = process.env["ENVOY_PATH"] ?? new URL("../../../.tools/envoy", import.meta.url).pathname;

/** A running Envoy of a test. */
export interface RealEnvoy {
  readonly log: () => string;
  /** Text of an admin page. */
  admin(path: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts Envoy with an ADS connection over mutual TLS to a port of this machine. */
export async function startEnvoy(options: {
  readonly xdsPort: number;
  readonly node: string;
  readonly fleet: string;
  readonly authority: Authority;
  readonly isDelta?: boolean;
}): Promise<RealEnvoy> {
  const directory = mkdtempSync(join(tmpdir(), "xds-test-"));
  const client = await options.authority.issue("envoy");
  writeFileSync(join(directory, "bootstrap.json"), JSON.stringify(bootstrap(options, client)));
  const args = [
    "-c",
    join(directory, "bootstrap.json"),
    "--use-dynamic-base-id",
    "--concurrency",
    "1",
    "--admin-address-path",
    join(directory, "admin"),
    "--log-level",
    "warn",
  ];
  const child = spawn(envoyPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const address = await adminAddress(join(directory, "admin"), child, () => log);
  return {
    log: () => log,
    admin: (path) => fetch(`http://${address}${path}`).then((response) => response.text()),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, "exit");
        child.kill("SIGKILL");
        await exited;
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Status and body of a GET with this host name over a connection of its own; status 0 when there is no answer. */
export function request(port: number, host: string): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve) => {
    const sent = get({ port, host: "127.0.0.1", headers: { host }, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on("error", () => resolve({ status: 0, body: "" }));
  });
}

async function adminAddress(file: string, child: ChildProcess, log: () => string): Promise<string> {
  await until("Envoy has opened its admin port", () => {
    if (child.exitCode !== null) throw new Error(`Envoy ended: ${log()}`);
    return existsSync(file) && readFileSync(file, "utf8") !== "";
  });
  return readFileSync(file, "utf8");
}

function bootstrap(
  options: {
    readonly xdsPort: number;
    readonly node: string;
    readonly fleet: string;
    readonly authority: Authority;
    readonly isDelta?: boolean;
  },
  client: { readonly cert: string; readonly key: string },
): unknown {
  return {
    node: { id: options.node, cluster: options.fleet },
    admin: { address: { socket_address: { address: "127.0.0.1", port_value: 0 } } },
    dynamic_resources: {
      ads_config: {
        api_type: options.isDelta === false ? "GRPC" : "DELTA_GRPC",
        transport_api_version: "V3",
        set_node_on_first_message_only: true,
        grpc_services: [{ envoy_grpc: { cluster_name: "xds" } }],
      },
      cds_config: { ads: {}, resource_api_version: "V3" },
      lds_config: { ads: {}, resource_api_version: "V3" },
    },
    static_resources: { clusters: [xdsCluster(options.xdsPort, options.authority.ca, client)] },
  };
}

function xdsCluster(port: number, ca: string, client: { readonly cert: string; readonly key: string }): unknown {
  const endpoint = { address: { socket_address: { address: "127.0.0.1", port_value: port } } };
  return {
    name: "xds",
    type: "STATIC",
    connect_timeout: "1s",
    load_assignment: { cluster_name: "xds", endpoints: [{ lb_endpoints: [{ endpoint }] }] },
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
    transport_socket: {
      name: "tls",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
        sni: "envoy-gateway",
        common_tls_context: {
          tls_params: { tls_maximum_protocol_version: "TLSv1_3" },
          alpn_protocols: ["h2"],
          tls_certificates: [
            { certificate_chain: { inline_string: client.cert }, private_key: { inline_string: client.key } },
          ],
          validation_context: { trusted_ca: { inline_string: ca } },
        },
      },
    },
  };
}
