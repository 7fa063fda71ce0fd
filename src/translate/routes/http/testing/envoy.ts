/** A real Envoy with given routes, and backends that tell what they got. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { BootstrapSchema } from "../../../../gen/envoy/config/bootstrap/v3/bootstrap_pb.js";
import type { ClusterSchema } from "../../../../gen/envoy/config/cluster/v3/cluster_pb.js";
import type { VirtualHostSchema } from "../../../../gen/envoy/config/route/v3/route_components_pb.js";
import { RouterSchema } from "../../../../gen/envoy/extensions/filters/http/router/v3/router_pb.js";
import { HttpConnectionManagerSchema } from "../../../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { HttpProtocolOptionsSchema } from "../../../../gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js";
import { routeFilterSlots } from "../filter-slots.ts";
import type { RouteEntry } from "../rule-input.ts";

const envoyPath = process.env["ENVOY_PATH"] ?? new URL("../../../../../.tools/envoy", import.meta.url).pathname;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** What the backend got, if the answer is a backend's. */
  readonly seen: Seen | undefined;
}

/** A request as a backend got it. */
export interface Seen {
  readonly backend: string;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
}

/** Routes on one listener; `backends` are clusters with a server that echoes, `ports` clusters of other servers. */
export interface Setup {
  readonly virtualHosts: readonly MessageInitShape<typeof VirtualHostSchema>[];
  readonly backends?: readonly string[];
  readonly ports?: Readonly<Record<string, number>>;
  /** Name of a cluster of all `backends` together. */
  readonly pool?: string;
  /** Endpoints of `pool` that nobody listens at, besides the backends. */
  readonly deadEndpoints?: number;
  /** Clusters of servers that speak HTTP/2. */
  readonly grpcPorts?: Readonly<Record<string, number>>;
}

export interface RunningEnvoy {
  readonly port: number;
  get(path: string, options?: { method?: string; headers?: Record<string, string>; body?: string }): Promise<Answer>;
  /** Requests that backends got so far, mirrored ones included. */
  readonly received: readonly Seen[];
  stop(): Promise<void>;
}

/** One virtual host for all hosts, with the entries in order of precedence. */
export function anyHost(entries: readonly RouteEntry[]): MessageInitShape<typeof VirtualHostSchema> {
  const routes = [...entries]
    .sort((a, b) => (a.sortKey < b.sortKey ? -1 : 1))
    .map((entry) => Object.assign(entry.route, { name: entry.name }));
  return { name: "all", domains: ["*"], routes };
}

/** What `envoy --mode validate` says about the routes. */
export async function validate(setup: Setup): Promise<{ readonly isValid: boolean; readonly output: string }> {
  const directory = mkdtempSync(join(tmpdir(), "routes-"));
  const file = join(directory, "bootstrap.pb");
  writeFileSync(file, bootstrap(setup, new Map((setup.backends ?? []).map((name) => [name, 1]))));
  try {
    const { stdout, stderr } = await promisify(execFile)(envoyPath, ["--mode", "validate", "-c", file], {
      maxBuffer: 1 << 26,
    });
    return { isValid: true, output: stdout + stderr };
  } catch (error) {
    return { isValid: false, output: String(error instanceof Error && "stderr" in error ? error.stderr : error) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export async function startEnvoy(setup: Setup): Promise<RunningEnvoy> {
  const directory = mkdtempSync(join(tmpdir(), "routes-"));
  const received: Seen[] = [];
  const servers = await Promise.all((setup.backends ?? []).map((name) => echo(name, received)));
  const ports = new Map<string, number>(Object.entries(setup.ports ?? {}));
  for (const { name, port } of servers) ports.set(name, port);
  const file = join(directory, "bootstrap.pb");
  writeFileSync(file, bootstrap(setup, ports));
  const admin = join(directory, "admin");
  const args = [
    "-c",
    file,
    "--use-dynamic-base-id",
    "--concurrency",
    "1",
    "--admin-address-path",
    admin,
    "--log-level",
    "warn",
  ];
  const child = spawn(envoyPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const port = await listenerPort(admin, () => {
    if (child.exitCode !== null) throw new Error(`Envoy ended: ${log}`);
  });
  return {
    port,
    received,
    get: (path, options = {}) => ask(port, path, options),
    async stop() {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
      for (const { close } of servers) close();
      rmSync(directory, { recursive: true });
      if (/deprecated/i.test(log)) throw new Error(`Envoy warns: ${log}`);
    },
  };
}

function bootstrap(setup: Setup, ports: ReadonlyMap<string, number>): Uint8Array {
  const manager = create(HttpConnectionManagerSchema, {
    statPrefix: "test",
    mergeSlashes: true,
    routeSpecifier: {
      case: "routeConfig",
      value: {
        name: "test",
        virtualHosts: [...setup.virtualHosts],
        validateClusters: false,
        ignorePortInHostMatching: true,
      },
    },
    httpFilters: [
      ...routeFilterSlots.map(({ name, config }) => ({
        name,
        disabled: true,
        configType: { case: "typedConfig" as const, value: config },
      })),
      {
        name: "envoy.filters.http.router",
        configType: {
          case: "typedConfig",
          value: anyPack(RouterSchema, create(RouterSchema, { suppressEnvoyHeaders: true })),
        },
      },
    ],
  });
  const filter = {
    name: "hcm",
    configType: { case: "typedConfig" as const, value: anyPack(HttpConnectionManagerSchema, manager) },
  };
  const listener = { name: "test", address: local(0), filterChains: [{ filters: [filter] }] };
  return toBinary(
    BootstrapSchema,
    create(BootstrapSchema, {
      admin: { address: local(0) },
      node: { id: "test", cluster: "test" },
      staticResources: { listeners: [listener], clusters: clusters(setup, ports) },
    }),
  );
}

function clusters(setup: Setup, ports: ReadonlyMap<string, number>): MessageInitShape<typeof ClusterSchema>[] {
  const overHTTP2 = anyPack(
    HttpProtocolOptionsSchema,
    create(HttpProtocolOptionsSchema, {
      upstreamProtocolOptions: {
        case: "explicitHttpConfig",
        value: { protocolConfig: { case: "http2ProtocolOptions", value: {} } },
      },
    }),
  );
  const alive = (setup.backends ?? []).map((name) => ports.get(name) ?? 1);
  // Nothing listens on these ports of the loopback interface.
  const dead = Array.from({ length: setup.deadEndpoints ?? 0 }, (_, index) => index + 1);
  return [
    ...[...ports].map(([name, port]) => cluster(name, [port])),
    ...(setup.pool === undefined ? [] : [cluster(setup.pool, [...alive, ...dead])]),
    ...Object.entries(setup.grpcPorts ?? {}).map(([name, port]) => ({
      ...cluster(name, [port]),
      typedExtensionProtocolOptions: { "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": overHTTP2 },
    })),
  ];
}

type ClusterInit = MessageInitShape<typeof ClusterSchema> & { $typeName?: never };

function cluster(name: string, ports: readonly number[]): ClusterInit {
  const lbEndpoints = ports.map((port) => ({
    hostIdentifier: { case: "endpoint" as const, value: { address: local(port) } },
  }));
  return {
    name,
    connectTimeout: { seconds: 2n, nanos: 0 },
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints }] },
  };
}

function local(port: number) {
  const value = { address: "127.0.0.1", portSpecifier: { case: "portValue" as const, value: port } };
  return { address: { case: "socketAddress" as const, value } };
}

/** A server that answers with what it got; `?status=N` chooses the status, `?delay=N` waits as many ms. */
async function echo(name: string, received: Seen[]): Promise<{ name: string; port: number; close: () => void }> {
  const server = createServer((incoming: IncomingMessage, response: ServerResponse) => {
    const seen: Seen = {
      backend: name,
      method: incoming.method ?? "",
      path: incoming.url ?? "",
      headers: incoming.headers,
    };
    received.push(seen);
    const options = new URL(seen.path, "http://any").searchParams;
    const status = Number(options.get("status") ?? 200);
    setTimeout(
      () => {
        response.writeHead(status, { "content-type": "application/json", "x-from": name }).end(JSON.stringify(seen));
      },
      Number(options.get("delay") ?? 0),
    );
  });
  // Any upgrade is agreed to, and what comes is sent back.
  server.on("upgrade", (incoming, socket) => {
    received.push({ backend: name, method: "GET", path: incoming.url ?? "", headers: incoming.headers });
    socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    name,
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function ask(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = "GET", headers = {} } = options;
    const sent = request(
      { host: "127.0.0.1", port, path, method, headers: { host: "www.example.com", ...headers } },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (text: string) => {
          body += text;
        });
        response.on("end", () => {
          const seen = body.startsWith('{"backend"') ? (JSON.parse(body) as Seen) : undefined;
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body, seen });
        });
      },
    );
    sent.on("error", reject).end(options.body);
  });
}

async function listenerPort(adminFile: string, check: () => void): Promise<number> {
  for (let attempt = 0; attempt < 2_000; attempt++) {
    check();
    const address = existsSync(adminFile) ? readFileSync(adminFile, "utf8") : "";
    if (address !== "") {
      const listeners = await fetch(`http://${address}/listeners?format=json`).then(
        (response) => response.json() as Promise<Listeners>,
        () => undefined,
      );
      const port = listeners?.listener_statuses?.[0]?.local_address.socket_address.port_value;
      if (port !== undefined && port > 0) return port;
    }
    await sleep(5);
  }
  throw new Error("Envoy does not listen");
}

interface Listeners {
  readonly listener_statuses?: readonly {
    readonly local_address: { readonly socket_address: { readonly port_value: number } };
  }[];
}
